//! Keeping stored days current without reading them anew: what has changed is changed in their bytes.

use std::sync::LazyLock;

use bytes::{Bytes, BytesMut};
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
    /// Has `edit` decide about each of the days that is stored; it may be asked again when others changed the day meanwhile.
    ///
    /// Days that are not stored, or are stored otherwise after three tries, are [invalidated](Self::invalidate): what is being
    /// loaded now will not be stored. An error means that some days may still be as before.
    pub async fn amend(
        &self,
        site: Site,
        dates: &[Date],
        edit: impl Fn(Date, &[u8]) -> Edit + Send,
    ) -> Result<(), Error> {
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
    async fn try_amend(
        &self,
        site: Site,
        dates: &[Date],
        edit: &(impl Fn(Date, &[u8]) -> Edit + Send),
    ) -> Result<Vec<Date>, Error> {
        let keys = self.cache.keys();
        let days: Vec<(Date, Leased)> = dates.iter().map(|date| (*date, keys.day(site, *date))).collect();
        let values = days.iter().map(|(_, day)| day.value.clone());
        let mut reply = self.cache.run(&PEEK, Call::keys([keys.day_epoch(site)].into_iter().chain(values))).await?;
        let epoch = reply.bytes()?;
        let (mut call, mut changed) = (Call::default(), Vec::new());
        for (date, day) in days {
            let former = reply.bytes()?;
            if let Some(new) = replacement(&former, &epoch, |body| edit(date, body)) {
                call = call.key(day.value).key(day.lease).bytes(former).bytes(new);
                changed.push(date);
            }
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

/// Returns what is to be stored instead of a value: nothing but `None` when it may stay, empty when the day is to be forgotten.
fn replacement(former: &Bytes, epoch: &Bytes, edit: impl Fn(&[u8]) -> Edit) -> Option<Bytes> {
    let head = STAMP + epoch.len();
    let is_current = !epoch.is_empty() && former.get(STAMP..head) == Some(epoch);
    match if is_current { edit(&former[head..]) } else { Edit::Forget } {
        Edit::Keep => None,
        Edit::Forget => Some(Bytes::new()),
        Edit::Replace(body) => {
            let mut value = BytesMut::from(&former[..head]);
            value.extend_from_slice(&body);
            Some(value.freeze())
        }
    }
}
