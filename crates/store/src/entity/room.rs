//! `resolver.room`: a room of a branch.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, serde::Deserialize, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "room")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company_id: Uuid,
    pub branch_id: Uuid,
    pub slug: String,
    pub name: String,
    pub kind: String,
    pub active: bool,
    pub removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
