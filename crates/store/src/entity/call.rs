//! `resolver.call`: the record of one call or chat.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "call")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub call_id: String,
    pub branch_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub kind: String,
    pub phase: i16,
    pub from_number: Option<String>,
    pub to_number: Option<String>,
    pub agent_id: Option<String>,
    pub direction: Option<String>,
    pub language: Option<String>,
    pub started_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub last_event_at: DateTimeUtc,
    pub duration_ms: Option<i64>,
    pub disconnection_reason: Option<String>,
    pub cost_cents: Option<f64>,
    pub sentiment: Option<String>,
    pub successful: Option<bool>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub resolution: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub record: Json,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
