//! How times, days and dates are written in documents, as JSON schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Days, LocalBound, WallTime};

impl JsonSchema for WallTime {
    fn schema_name() -> Cow<'static, str> {
        "WallTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$",
            "description": "A local time, as in 09:00; 24:00 is the end of the day."
        })
    }
}

impl JsonSchema for Days {
    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array"],
            "items": { "type": "string" },
            "description": "Weekdays, as in mo-fr or [mo, we]."
        })
    }
}

impl JsonSchema for LocalBound {
    fn schema_name() -> Cow<'static, str> {
        "LocalBound".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:00)?)?$",
            "description": "A local date, as in 2026-12-24, or a local time, as in 2026-12-24T13:00."
        })
    }
}

/// Stands for a local date in schemas.
pub(crate) struct LocalDate;

impl JsonSchema for LocalDate {
    fn schema_name() -> Cow<'static, str> {
        "LocalDate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date", "description": "A local date, as in 2026-12-24." })
    }
}
