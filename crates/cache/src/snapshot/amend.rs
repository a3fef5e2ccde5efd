//! Keeping stored days current without reading them anew: what has changed is changed in their bytes.

use std::{collections::BTreeMap, sync::LazyLock};

use bytes::Bytes;
use jiff::civil::Date;

use super::{Snapshots, check};
use crate::{
    Error,
    connection::{Call, Script},
    key::{Leased, Site},
    tier::shelf::STAMP,
};

static PEEK: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("snapshot_peek", include_str!("../scripts/snapshot_peek.lua")));
// A repeat after a lost answer finds other bytes than it expects, and the day is forgotten in the end: no harm.
static SWAP: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("snapshot_swap", include_str!("../scripts/snapshot_swap.lua")));

/// Tries before a day that others keep changing is forgotten instead.
const TRIES: u32 = 3;

/// What becomes of a stored day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It shows the change already.
    Keep,
    /// These bytes take its place, for the time it has left.
    Replace(Bytes),
    /// It is read anew when somebody asks for it.
    Forget,
}

impl<E: Send + Sync> Snapshots<E> {
    /// Has `edit` decide about those of the days that are stored; one it does not name is kept.
    ///
    /// Whatever `edit` looks at is looked at after the days were read, and its decision counts only for days that are still what
    /// they were then: so a day that was invalidated meanwhile, and perhaps read anew, is never changed by what was known before.
    /// It is asked again then. Days that are not stored, or are stored otherwise after three tries, are
    /// [invalidated](Self::invalidate): what is being loaded now will not be stored. An error means that some days may still be
    /// as before.
    pub async fn amend<F, Fut>(&self, site: Site, dates: &[Date], edit: F) -> Result<(), Error>
    where
        F: Fn(BTreeMap<Date, Bytes>) -> Fut + Send + Sync,
        Fut: Future<Output = BTreeMap<Date, Edit>> + Send,
    {
        check(dates.len())?;
        let mut left = dates.to_vec();
        for _ in 0..TRIES {
            if left.is_empty() {
                return Ok(());
            }
            left = self.try_amend(site, &left, &edit).await?;
        }
        self.invalidate(site, &left).await
    }

    /// Tries once, and returns the days that others changed meanwhile.
    async fn try_amend<F, Fut>(&self, site: Site, dates: &[Date], edit: &F) -> Result<Vec<Date>, Error>
    where
        F: Fn(BTreeMap<Date, Bytes>) -> Fut + Send + Sync,
        Fut: Future<Output = BTreeMap<Date, Edit>> + Send,
    {
        let keys = self.cache.keys();
        let days: Vec<(Date, Leased)> = dates.iter().map(|date| (*date, keys.day(site, *date))).collect();
        let values = days.iter().map(|(_, day)| day.value.clone());
        let mut reply = self.cache.run(&PEEK, Call::keys([keys.day_epoch(site)].into_iter().chain(values))).await?;
        let epoch = reply.bytes()?;
        let (mut former, mut bodies) = (Vec::with_capacity(days.len()), BTreeMap::new());
        for (date, day) in days {
            let value = reply.bytes()?;
            bodies.extend(body(&value, &epoch).map(|body| (date, body)));
            former.push((date, day, value));
        }
        let mut edits = if bodies.is_empty() { BTreeMap::new() } else { edit(bodies.clone()).await };
        let (mut call, mut changed) = (Call::default(), Vec::new());
        for (date, day, value) in former {
            let decided = match bodies.get(&date) {
                Some(_) => edits.remove(&date).unwrap_or(Edit::Keep),
                None => Edit::Forget,
            };
            let new = match decided {
                Edit::Keep => continue,
                Edit::Forget => Bytes::new(),
                Edit::Replace(body) => [&value[..STAMP + epoch.len()], &body].concat().into(),
            };
            call = call.key(day.value).key(day.lease).bytes(value).bytes(new);
            changed.push(date);
        }
        if changed.is_empty() {
            return Ok(changed);
        }
        let mut reply = self.cache.run(&SWAP, call).await?;
        let mut lost = Vec::new();
        for date in changed {
            if reply.number()? == 0 {
                lost.push(date);
            }
        }
        Ok(lost)
    }
}

/// Returns the body of a stored value; `None` when there is none, or one of a former epoch.
fn body(value: &Bytes, epoch: &Bytes) -> Option<Bytes> {
    let head = STAMP + epoch.len();
    (!epoch.is_empty() && value.get(STAMP..head) == Some(epoch)).then(|| value.slice(head..))
}
