//! `resolver.branch`: a branch of a company.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, serde::Deserialize, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "branch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company_id: Uuid,
    pub slug: String,
    pub name: String,
    pub active: bool,
    pub fallback_branch_id: Option<Uuid>,
    pub time_zone: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub schedule: Json,
    pub service_areas: Vec<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub document: Json,
    pub removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
