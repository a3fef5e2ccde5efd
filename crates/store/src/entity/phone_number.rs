//! `resolver.phone_number`: a number that callers dial.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "phone_number")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: String,
    pub company_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub language: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
