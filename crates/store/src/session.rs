//! What a repository function runs its statements on: the pool or a transaction, with a deadline.
//!
//! Nothing here can be named outside of this crate: [`Connection`] is sealed, so that callers pass
//! a [`Database`](crate::Database) or a [`Tx`](crate::Tx) and never meet a type of the driver.
// The seal needs `pub` items in a private module.
#![allow(unreachable_pub)]

use std::future::Future;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::time::Instant;

use crate::error::DEADLINE;

/// Anything a read can run on: the pool, or a transaction to see its own writes.
///
/// Writes take `&mut Tx` instead, so that the edges of each transaction stay visible in the caller.
pub trait Connection: Session {}

impl<S: Session> Connection for S {}

/// The sealed half of [`Connection`].
pub trait Session: Send + Sync {
    /// The driver's connection behind it.
    type Raw: ConnectionTrait + Send;

    /// Returns the connection with the deadline that holds for the next statement.
    fn guard(&self) -> Guard<'_, Self::Raw>;
}

/// A connection on which each statement ends when the deadline passes.
pub struct Guard<'a, C> {
    pub(crate) raw: &'a C,
    pub(crate) until: Instant,
}

impl<C: ConnectionTrait> Guard<'_, C> {
    async fn limit<T>(&self, work: impl Future<Output = Result<T, DbErr>> + Send) -> Result<T, DbErr> {
        let limited = tokio::time::timeout_at(self.until, work).await;
        limited.unwrap_or_else(|_| Err(DbErr::Custom(DEADLINE.to_owned())))
    }
}

#[async_trait::async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Guard<'_, C> {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.limit(self.raw.execute_raw(stmt)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.limit(self.raw.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.limit(self.raw.query_one_raw(stmt)).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.limit(self.raw.query_all_raw(stmt)).await
    }
}
