//! `resolver.service`: a service a company offers.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "service")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company_id: Uuid,
    pub slug: String,
    pub name: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub aliases: Json,
    pub duration_min: i32,
    pub buffer_before_min: i32,
    pub buffer_after_min: i32,
    pub required_skills: Vec<String>,
    pub min_notice_min: Option<i32>,
    pub max_advance_days: Option<i32>,
    pub not_with: Vec<String>,
    pub room_kind: Option<String>,
    pub branch_slugs: Vec<String>,
    pub active: bool,
    pub tag: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub document: Json,
    pub removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
