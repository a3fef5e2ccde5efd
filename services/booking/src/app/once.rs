//! Carrying out a request once: the first answer is stored in the transaction that gives it, and repeated.

use callflow_store::{
    Tx,
    request::{self, Claim, Ending, Finished, NewRequest},
};
use prost::Message;
use uuid::Uuid;

use super::{App, Result};
use crate::{command::Context, error::Error};

/// What became of a request for the right to carry it out.
#[derive(Debug)]
pub(crate) enum Turn<T> {
    /// It is ours: do it in this transaction, under this request id.
    Ours(Box<Tx>, Uuid),
    /// It was carried out before: this is the answer.
    Known(T),
}

/// Runs a transaction again as long as the database asks for it and the caller waits: serialization failures and deadlocks are
/// tried again, nothing else is.
macro_rules! persevere {
    ($context:expr, $transaction:expr) => {
        loop {
            match $transaction.await {
                Err(error) if error.is_retryable() && !$context.time_left().is_zero() => {
                    $crate::metrics::transaction_retried();
                }
                ended => break ended,
            }
        }
    };
}
pub(crate) use persevere;

/// Returns the row of a request that is about to be carried out.
pub(crate) fn row(context: &Context) -> NewRequest {
    NewRequest {
        id: Uuid::now_v7(),
        key: context.key.clone(),
        intent: context.intent.clone(),
        body_hash: context.body_hash.clone(),
    }
}

impl App {
    /// Returns the stored answer of this key without claiming anything; saves a repeat the search for a slot.
    pub(crate) async fn answered<T: Message + Default>(&self, context: &Context) -> Result<Option<T>> {
        let found = request::find(&self.deps.database, context.company, &context.key, &context.body_hash).await?;
        found.map(|finished| read(&finished)).transpose()
    }

    /// Opens a transaction and claims the request in it, waiting for a duplicate that is under way.
    pub(crate) async fn claim<T: Message + Default>(&self, context: &Context) -> Result<Turn<T>> {
        let mut tx = self.deps.database.begin_within(context.time_left()).await?;
        match request::claim(&mut tx, context.company, &row(context)).await? {
            Claim::Ours(id) => Ok(Turn::Ours(Box::new(tx), id)),
            Claim::Known(finished) => Ok(Turn::Known(read(&finished)?)),
            Claim::OtherBody => Err(Error::KeyReused),
        }
    }

    /// Stores the answer of a claimed request and makes everything done in its transaction durable.
    pub(crate) async fn finish<T: Message>(
        &self,
        mut tx: Box<Tx>,
        context: &Context,
        id: Uuid,
        answer: &T,
        ending: Ending,
    ) -> Result<()> {
        request::finish(&mut tx, context.company, id, &answer.encode_to_vec(), ending, context.now).await?;
        Ok(tx.commit().await?)
    }

    /// Stores an answer that changed nothing under its key, unless the request or the wish turns out to be carried out already:
    /// then that answer is returned.
    pub(crate) async fn settle<T: Message + Default + Clone>(&self, context: &Context, answer: T) -> Result<T> {
        let outcome = answer.encode_to_vec();
        // A wish may be under way under another key, which only a claim waits for.
        let is_noted = context.intent.is_none()
            && request::refuse(&self.deps.database, context.company, &row(context), &outcome, context.now).await?;
        if is_noted {
            return Ok(answer);
        }
        persevere!(context, self.settle_once(context, &answer))
    }

    async fn settle_once<T: Message + Default + Clone>(&self, context: &Context, answer: &T) -> Result<T> {
        match self.claim::<T>(context).await? {
            Turn::Known(known) => Ok(known),
            Turn::Ours(tx, request) => {
                self.finish(tx, context, request, answer, Ending::Refused).await?;
                Ok(answer.clone())
            }
        }
    }
}

fn read<T: Message + Default>(finished: &Finished) -> Result<T> {
    T::decode(finished.outcome.as_slice()).map_err(Error::StoredAnswer)
}
