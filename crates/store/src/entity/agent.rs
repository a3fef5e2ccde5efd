//! `resolver.agent`: a voice agent of a company.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "agent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub agent_id: String,
    pub branch_id: Option<Uuid>,
    pub language: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
