//! `booking.series`: a recurring series of appointments.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "booking", table_name = "series")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company_id: Uuid,
    pub branch_id: Uuid,
    pub service_id: Uuid,
    pub staff_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub customer_name: Option<String>,
    pub customer_phone: Option<String>,
    pub customer_email: Option<String>,
    pub language: Option<String>,
    pub call_id: Option<String>,
    pub request_id: Option<Uuid>,
    pub pattern: String,
    pub strategy: String,
    pub time_zone: String,
    pub starts_at: DateTimeUtc,
    pub ends_on: Option<Date>,
    pub occurrences: Option<i32>,
    pub notes: Option<String>,
    pub status: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub cancelled_at: Option<DateTimeUtc>,
    #[sea_orm(has_many)]
    pub parts: HasMany<super::series_occurrence::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
