//! `booking.appointment`: one appointment of one staff member.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "booking", table_name = "appointment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company_id: Uuid,
    pub branch_id: Uuid,
    pub staff_id: Uuid,
    pub room_id: Option<Uuid>,
    pub service_id: Uuid,
    pub customer_id: Option<Uuid>,
    pub customer_name: Option<String>,
    pub customer_phone: Option<String>,
    pub customer_email: Option<String>,
    pub language: Option<String>,
    pub call_id: Option<String>,
    pub group_id: Option<Uuid>,
    pub series_id: Option<Uuid>,
    pub position: i32,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub busy_from: DateTimeUtc,
    pub busy_until: DateTimeUtc,
    pub status: String,
    pub confirmation_code: String,
    pub staff_schedule_version: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub choice: Json,
    pub notes: Option<String>,
    pub source: String,
    pub request_id: Option<Uuid>,
    pub rescheduled_from: Option<Uuid>,
    pub rescheduled_to: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub cancelled_at: Option<DateTimeUtc>,
    pub cancel_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
