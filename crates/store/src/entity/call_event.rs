//! `resolver.call_event`: one event of a call, as it came.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "resolver", table_name = "call_event")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub company_id: Uuid,
    pub call_id: String,
    pub event: String,
    pub dedup_key: Option<String>,
    pub occurred_at: Option<DateTimeUtc>,
    pub received_at: DateTimeUtc,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub payload: Vec<u8>,
    pub message_id: Uuid,
    pub note: String,
}

impl ActiveModelBehavior for ActiveModel {}
