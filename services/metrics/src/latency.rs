//! How long answers took: one histogram per company, minute and branch, mergeable across processes and minutes.
//!
//! Each open minute has a writer name of its own, so what is stored under it is only ever replaced by more of the same.
//! A minute that is opened again, by a late event or a new process, writes beside it; readers add up what they find.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use callflow_domain::id::{BranchId, CompanyId};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer as _, V2Serializer},
};
use uuid::Uuid;

use crate::error::Error;

/// Histograms of tens of microseconds.
pub type Latencies = Histogram<u32>;
/// Histograms by branch; `None` for answers that belong to none.
pub type ByBranch = BTreeMap<Option<BranchId>, Latencies>;

/// Units of a histogram per second.
const PER_SECOND: f64 = 100_000.0;
/// The longest time told apart: a minute.
const LONGEST: u64 = 6_000_000;
/// Minutes kept open for late events.
const OPEN_MINUTES: i64 = 5;

/// Returns an empty histogram.
#[must_use]
pub fn empty() -> Latencies {
    Histogram::new_with_bounds(1, LONGEST, 2).expect("the bounds are constants in order")
}

/// Returns a quantile in milliseconds, or `None` when there were no answers.
#[must_use]
pub fn quantile_ms(of: &Latencies, quantile: f64) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "at most LONGEST")]
    (!of.is_empty()).then(|| of.value_at_quantile(quantile) as f64 / PER_SECOND * 1_000.0)
}

/// Adds `other` to `sum`.
pub fn merge(sum: &mut Latencies, other: &Latencies) {
    // Same bounds, or narrower ones: anything else was not written by us and is left out.
    let _ = sum.add(other);
}

/// One minute of one company, still being added to.
struct Open {
    writer: String,
    unsaved: bool,
    by_branch: ByBranch,
}

/// A minute ready to be stored.
#[derive(Debug)]
pub struct Page {
    /// The company.
    pub company: CompanyId,
    /// The minute since the epoch.
    pub minute: i64,
    /// The name it is stored under; the same name always means more of the same.
    pub writer: String,
    /// What to store.
    pub bytes: Vec<u8>,
}

/// The minutes being added to.
#[derive(Default)]
pub struct Recorder {
    open: Mutex<HashMap<(CompanyId, i64), Open>>,
}

impl Recorder {
    /// Adds an answer that took this many seconds.
    pub fn record(&self, company: CompanyId, minute: i64, branch: Option<BranchId>, seconds: f64) {
        let mut pages = self.lock();
        let open = pages.entry((company, minute)).or_insert_with(|| Open {
            writer: Uuid::now_v7().simple().to_string(),
            unsaved: true,
            by_branch: ByBranch::new(),
        });
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "float casts saturate; never negative"
        )]
        let value = ((seconds * PER_SECOND) as u64).clamp(1, LONGEST);
        open.by_branch.entry(branch).or_insert_with(empty).saturating_record(value);
        open.unsaved = true;
    }

    /// Returns what has changed since it was last taken, and closes minutes that are over.
    ///
    /// # Errors
    /// When a histogram cannot be written, which is a fault of ours.
    pub fn take(&self, now_minute: i64) -> Result<Vec<Page>, Error> {
        let mut pages = self.lock();
        let mut taken = Vec::new();
        for ((company, minute), open) in pages.iter_mut().filter(|(_, open)| open.unsaved) {
            let (writer, bytes) = (open.writer.clone(), pack(&open.by_branch)?);
            taken.push(Page { company: *company, minute: *minute, writer, bytes });
            open.unsaved = false;
        }
        let written: Vec<_> = taken.iter().map(|page| (page.company, page.minute)).collect();
        pages.retain(|key, _| key.1 > now_minute - OPEN_MINUTES || written.contains(key));
        Ok(taken)
    }

    /// Notes that a minute could not be stored, so that it is taken again.
    pub fn put_back(&self, page: &Page) {
        if let Some(open) = self.lock().get_mut(&(page.company, page.minute)) {
            open.unsaved = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(CompanyId, i64), Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes histograms one after another: branch (16 bytes, zero for none), length (4 bytes), HDR V2.
fn pack(all: &ByBranch) -> Result<Vec<u8>, Error> {
    let (mut bytes, mut serializer, mut one) = (Vec::new(), V2Serializer::new(), Vec::new());
    for (branch, histogram) in all {
        one.clear();
        let length = serializer.serialize(histogram, &mut one)?;
        bytes.extend_from_slice(branch.map_or(Uuid::nil(), BranchId::uuid).as_bytes());
        bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(&one);
    }
    Ok(bytes)
}

/// Adds what `pack` wrote to `sum`; returns `false` at the first thing it does not understand, which ends it.
pub fn unpack(mut bytes: &[u8], sum: &mut ByBranch) -> bool {
    let mut deserializer = Deserializer::new();
    while !bytes.is_empty() {
        let Some((head, rest)) = bytes.split_first_chunk::<20>() else { return false };
        let (branch, length) = head.split_at(16);
        let branch = Uuid::from_slice(branch).ok().filter(|id| !id.is_nil()).map(BranchId);
        let length = length.try_into().map_or(usize::MAX, |length| u32::from_be_bytes(length) as usize);
        let Some((mut body, rest)) = rest.split_at_checked(length) else { return false };
        let Ok(histogram) = deserializer.deserialize::<u32, _>(&mut body) else { return false };
        merge(sum.entry(branch).or_insert_with(empty), &histogram);
        bytes = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPANY: CompanyId = CompanyId(Uuid::from_u128(1));
    const BRANCH: Option<BranchId> = Some(BranchId(Uuid::from_u128(2)));

    #[test]
    fn two_processes_and_a_late_event_add_up() {
        let (one, two, mut sum) = (Recorder::default(), Recorder::default(), ByBranch::new());
        for (recorder, seconds) in [(&one, 0.1), (&two, 0.3)] {
            (0..50).for_each(|_| recorder.record(COMPANY, 10, BRANCH, seconds));
            recorder.record(COMPANY, 10, None, 0.2);
        }
        let mut pages = one.take(10).unwrap();
        pages.extend(two.take(10).unwrap());
        assert_ne!(pages[0].writer, pages[1].writer);
        assert!(pages.iter().all(|page| unpack(&page.bytes, &mut sum)));
        assert_eq!((sum[&BRANCH].len(), sum[&None].len()), (100, 2));
        let p99 = quantile_ms(&sum[&BRANCH], 0.99).unwrap();
        assert!((295.0..305.0).contains(&p99), "{p99}");
    }

    #[test]
    fn what_was_stored_is_not_taken_again_unless_put_back() {
        let recorder = Recorder::default();
        recorder.record(COMPANY, 10, BRANCH, 0.1);
        let page = recorder.take(10).unwrap().remove(0);
        assert!(recorder.take(10).unwrap().is_empty());
        recorder.put_back(&page);
        assert_eq!(recorder.take(10).unwrap().len(), 1);
        assert!(recorder.take(20).unwrap().is_empty());
        recorder.record(COMPANY, 10, BRANCH, 0.1);
        assert_ne!(recorder.take(20).unwrap()[0].writer, page.writer);
    }

    #[test]
    fn rubbish_is_refused_and_a_negative_or_endless_time_is_kept_in_bounds() {
        assert!(!unpack(&[1, 2, 3], &mut ByBranch::new()));
        assert!(!unpack(&[255; 40], &mut ByBranch::new()));
        let recorder = Recorder::default();
        recorder.record(COMPANY, 1, None, -1.0);
        recorder.record(COMPANY, 1, None, f64::INFINITY);
        let mut sum = ByBranch::new();
        assert!(unpack(&recorder.take(1).unwrap()[0].bytes, &mut sum));
        assert_eq!(sum[&None].len(), 2);
    }
}
