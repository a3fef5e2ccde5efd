//! Small helpers around statements: run, read, quote.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement, TryGetable, Value};

use crate::{error::Error, session::Connection};

fn statement(sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// Runs a statement and returns how many rows it touched.
pub(crate) async fn execute(
    on: &impl Connection,
    doing: &'static str,
    sql: &str,
    values: Vec<Value>,
) -> Result<u64, Error> {
    let done = on.guard().execute_raw(statement(sql, values)).await;
    done.map(|result| result.rows_affected()).map_err(|cause| Error::sql(doing, cause))
}

/// Runs a query and returns its raw rows.
pub(crate) async fn query(
    on: &impl Connection,
    doing: &'static str,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, Error> {
    on.guard().query_all_raw(statement(sql, values)).await.map_err(|cause| Error::sql(doing, cause))
}

/// Runs a query and returns each row as a `T`.
pub(crate) async fn rows<T: FromQueryResult>(
    on: &impl Connection,
    doing: &'static str,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, Error> {
    let rows = query(on, doing, sql, values).await?;
    rows.iter().map(|row| T::from_query_result(row, "").map_err(|cause| Error::sql(doing, cause))).collect()
}

/// Runs a query of at most one row.
pub(crate) async fn optional<T: FromQueryResult>(
    on: &impl Connection,
    doing: &'static str,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>, Error> {
    Ok(rows(on, doing, sql, values).await?.into_iter().next())
}

/// Runs a query of exactly one value.
pub(crate) async fn scalar<T: TryGetable>(
    on: &impl Connection,
    doing: &'static str,
    sql: &str,
    values: Vec<Value>,
) -> Result<T, Error> {
    let rows = query(on, doing, sql, values).await?;
    let row = rows.first().ok_or(Error::NotFound { doing })?;
    row.try_get_by_index(0).map_err(|cause| Error::sql(doing, cause))
}

/// Binds many rows as one JSON text, to be unfolded by `json_to_recordset`: one parameter, however many rows.
pub(crate) fn json<T: serde::Serialize>(doing: &'static str, rows: &[T]) -> Result<Value, Error> {
    let text = serde_json::to_string(rows).map_err(|_| Error::Decode { doing, what: "a row to be written" })?;
    Ok(text.into())
}

/// Quotes a name for use in SQL.
pub(crate) fn quote_ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text for use in SQL; the `E` form is exact whatever `standard_conforming_strings` says.
pub(crate) fn quote_literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_keeps_hostile_names_inside() {
        assert_eq!(quote_ident(r#"a"; DROP"#), r#""a""; DROP""#);
        assert_eq!(quote_literal(r"a'\"), r"E'a''\\'");
    }
}
