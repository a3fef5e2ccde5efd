//! `booking.series_occurrence`: what happened to one occurrence of a series.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "booking", table_name = "series_occurrence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub series_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub planned_at: DateTimeUtc,
    pub outcome: String,
    pub appointment_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Json,
    #[sea_orm(belongs_to, from = "series_id", to = "id")]
    pub series: BelongsTo<super::series::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
