//! `resolver.staff`: a staff member of a branch.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, serde::Deserialize, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "staff")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company_id: Uuid,
    pub branch_id: Uuid,
    pub slug: String,
    pub name: String,
    pub nicknames: Vec<String>,
    pub skills: Vec<String>,
    pub languages: Vec<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub schedule: Json,
    pub active: bool,
    pub available: bool,
    pub schedule_version: i64,
    pub tag: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub document: Json,
    pub removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
