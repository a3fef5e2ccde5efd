//! `resolver.company`: a company: the tenant.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, serde::Deserialize, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "company")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub default_branch_id: Option<Uuid>,
    pub default_language: String,
    pub time_zone: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub document: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub schedule: Json,
    pub version: i64,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
