//! `resolver.customer`: a customer of a company.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "customer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company_id: Uuid,
    pub phone: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub language: Option<String>,
    pub preferred_staff_id: Option<Uuid>,
    pub preferred_branch_id: Option<Uuid>,
    pub calls: i32,
    pub bookings: i32,
    pub first_seen: DateTimeUtc,
    pub last_seen: DateTimeUtc,
    pub last_branch_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
