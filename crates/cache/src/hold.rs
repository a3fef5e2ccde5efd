//! Holds: a slot offered to a caller stays that caller's for a while, and no two holds of one person overlap.
//!
//! All holds of a branch live under one hash tag: a sorted set of segments by start, one by resource and start, one of
//! holds by expiry, and a hash with the details. One script per operation checks and writes all segments or none, by the
//! server's clock, and removes what has expired on its way. Looking for overlaps reads one resource's segments from one
//! longest segment before the wanted time on, so it costs the logarithm of all holds plus those of that person or room
//! around that time, however many others the branch has.
//!
//! A hold is a promise, not the truth: the database has the last word on every booking. When Redis is away there are
//! no holds, every function here says so by its error, and booking goes on.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use callflow_domain::{
    hold::{Hold, MAX_SEGMENT_MINUTES, Segments},
    id::{CallId, HoldId},
};
use deadpool_redis::redis::cmd;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

mod outcome;
pub(crate) mod wire;

pub use self::outcome::{Confirmed, Outcome, Refusal, Released, Renewed};
use crate::{
    Cache, Error,
    connection::{Call, Reply, Script},
    key::Site,
    metric,
    snapshot::MAX_DAYS,
};

/// Longest time to live of any hold; the keys of an idle branch are kept twice as long.
pub const MAX_TTL: Duration = Duration::from_secs(3600);
/// Most options offered at once.
pub const MAX_OPTIONS: usize = 32;

macro_rules! hold_script {
    ($name:ident, $op:literal) => {
        static $name: LazyLock<Script> = LazyLock::new(|| {
            let text = concat!(include_str!("scripts/hold_common.lua"), include_str!(concat!("scripts/", $op, ".lua")));
            Script::repeatable($op, text)
        });
    };
}

hold_script!(HOLD, "hold");
hold_script!(RELEASE, "hold_release");
hold_script!(CONFIRM, "hold_confirm");
hold_script!(MARK, "hold_mark");
hold_script!(UNMARK, "hold_unmark");
hold_script!(EXTEND, "hold_extend");
hold_script!(LIST, "hold_list");

/// How long holds last and how many an owner may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Life of a hold on a chosen slot.
    pub hold: Duration,
    /// Life of a hold on a slot that was merely offered.
    pub offer: Duration,
    /// Life of the marker left by a booking. It must outlast every snapshot that may have been read before the booking:
    /// its time in the cache (60 s) plus the time a load may take to store it (3 s), with room to spare.
    pub marker: Duration,
    /// Longest life of a hold from its grant, however often it is renewed.
    pub longest: Duration,
    /// Most holds of one owner at a time.
    pub most_offers: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(300),
            offer: Duration::from_secs(90),
            marker: Duration::from_secs(120),
            longest: Duration::from_secs(1800),
            most_offers: 3,
        }
    }
}

impl Policy {
    /// Returns the policy if its times are between a millisecond and [`MAX_TTL`] and it allows at least one offer.
    pub fn checked(self) -> Result<Self, Error> {
        let times = [("hold", self.hold), ("offer", self.offer), ("marker", self.marker), ("longest", self.longest)];
        for (setting, time) in times {
            if time < Duration::from_millis(1) || time > MAX_TTL {
                return Err(Error::Config { setting, accepted: "1 ms to 1 h" });
            }
        }
        match self.most_offers {
            1..=32 => Ok(self),
            _ => Err(Error::Config { setting: "most_offers", accepted: "1 to 32" }),
        }
    }
}

/// The holds of all branches.
#[derive(Clone)]
pub struct Holds {
    cache: Cache,
    policy: Policy,
}

impl Holds {
    /// Uses the holds in this Redis under the policy, which must be [`Policy::checked`].
    pub fn new(cache: &Cache, policy: Policy) -> Result<Self, Error> {
        Ok(Self { cache: cache.clone(), policy: policy.checked()? })
    }

    /// Returns the same holds for a company whose own holds and offers last otherwise.
    pub fn lasting(&self, hold: Duration, offer: Duration) -> Result<Self, Error> {
        Self::new(&self.cache, Policy { hold, offer, ..self.policy })
    }

    /// Holds a chosen slot for the owner, all segments or none.
    ///
    /// The owner's own offers do not stand in the way; asking again for the same segments renews the hold it has.
    /// An owner at the limit loses its oldest offer.
    pub async fn hold(&self, site: Site, owner: &CallId, segments: &Segments) -> Result<Outcome, Error> {
        let options = std::slice::from_ref(segments);
        let most = self.policy.most_offers;
        let outcomes = self.grant(site, owner, options, (self.policy.hold, most), false).await?;
        outcomes.into_iter().next().ok_or(Error::Answer { op: HOLD.op })
    }

    /// Holds the options for the owner as far as they are free, in order and up to the limit, and releases
    /// whatever else was offered to it before. The answer has one outcome per option.
    pub async fn offer(&self, site: Site, owner: &CallId, options: &[Segments]) -> Result<Vec<Outcome>, Error> {
        self.offer_some(site, owner, options, usize::MAX).await
    }

    /// As [`offer`](Self::offer), but holds `most` of the options at most: the first that are free.
    pub async fn offer_some(
        &self,
        site: Site,
        owner: &CallId,
        options: &[Segments],
        most: usize,
    ) -> Result<Vec<Outcome>, Error> {
        if options.len() > MAX_OPTIONS {
            return Err(Error::TooMany { what: "options to hold", most: MAX_OPTIONS });
        }
        let most = u32::try_from(most).unwrap_or(u32::MAX).min(self.policy.most_offers);
        self.grant(site, owner, options, (self.policy.offer, most), true).await
    }

    async fn grant(
        &self,
        site: Site,
        owner: &CallId,
        options: &[Segments],
        (ttl, most): (Duration, u32),
        renewing: bool,
    ) -> Result<Vec<Outcome>, Error> {
        let mut call = self
            .call(site)
            .arg(owner)
            .arg(ttl.as_millis())
            .arg(self.policy.longest.as_millis())
            .arg(most)
            .arg(u8::from(renewing))
            .arg(MAX_SEGMENT_MINUTES);
        for segments in options {
            call = call.arg(wire::id_text(HoldId(Uuid::now_v7()))).arg(wire::segments_text(segments));
        }
        let (mut reply, _) = self.run(&HOLD, call).await?;
        let outcomes: Vec<_> =
            options.iter().map(|segments| outcome::read(&mut reply, owner, segments)).collect::<Result<_, _>>()?;
        for outcome in &outcomes {
            metric::holds(outcome.as_str(), 1);
        }
        metric::holds("released", reply.number()?);
        Ok(outcomes)
    }

    /// Gives one hold back.
    pub async fn release(&self, site: Site, owner: &CallId, id: HoldId) -> Result<Released, Error> {
        let (mut reply, _) = self.run(&RELEASE, self.call(site).arg(owner).arg(wire::id_text(id))).await?;
        metric::holds("released", reply.number()?);
        match reply.text()?.as_str() {
            "ok" => Ok(Released::Done),
            "gone" => Ok(Released::Gone),
            "foreign" => Ok(Released::NotOwner),
            "booked" => Ok(Released::Booked),
            _ => Err(reply.wrong()),
        }
    }

    /// Gives all offers of an owner back and returns how many there were; what is booked stays marked.
    pub async fn release_all(&self, site: Site, owner: &CallId) -> Result<u64, Error> {
        let (mut reply, _) = self.run(&RELEASE, self.call(site).arg(owner).arg("")).await?;
        let released = reply.number()?;
        metric::holds("released", released);
        u64::try_from(released).map_err(|_| reply.wrong())
    }

    /// Turns a hold into the marker of the appointment it became; a repeat changes nothing.
    pub async fn confirm(&self, site: Site, owner: &CallId, id: HoldId) -> Result<Confirmed, Error> {
        let call = self.call(site).arg(owner).arg(wire::id_text(id)).arg(self.policy.marker.as_millis());
        let (mut reply, _) = self.run(&CONFIRM, call).await?;
        match reply.text()?.as_str() {
            "ok" => {
                metric::holds("confirmed", 1);
                Ok(Confirmed::Until(reply.time()?))
            }
            "gone" => Ok(Confirmed::Gone),
            "foreign" => Ok(Confirmed::NotOwner),
            _ => Err(reply.wrong()),
        }
    }

    /// Marks segments as booked that were never held, or no longer: the database has decided, so nothing is asked.
    /// An offer of the owner on the very same segments becomes the marker.
    pub async fn mark(&self, site: Site, owner: &CallId, segments: &Segments) -> Result<Timestamp, Error> {
        let call = self
            .call(site)
            .arg(owner)
            .arg(wire::id_text(HoldId(Uuid::now_v7())))
            .arg(self.policy.marker.as_millis())
            .arg(wire::segments_text(segments));
        let (mut reply, _) = self.run(&MARK, call).await?;
        metric::holds("confirmed", 1);
        reply.time()
    }

    /// Takes the markers off exactly these segments, after a cancellation, and invalidates the snapshots of the days they lie
    /// on in the same step; returns how many segments had a marker.
    ///
    /// Whoever books the freed time meanwhile stays covered: by the days, which are read anew, or by a marker that is set later.
    pub async fn free(&self, site: Site, segments: &Segments, dates: &[Date]) -> Result<u64, Error> {
        if dates.len() > MAX_DAYS {
            return Err(Error::TooMany { what: "days", most: MAX_DAYS });
        }
        let mut call = self.call(site);
        for date in dates {
            let day = self.cache.keys().day(site, *date);
            call = call.key(day.value).key(day.lease);
        }
        let (mut reply, _) = self.run(&UNMARK, call.arg(wire::segments_text(segments))).await?;
        u64::try_from(reply.number()?).map_err(|_| reply.wrong())
    }

    /// Renews all offers of an owner whose call is alive, each up to its longest life.
    pub async fn extend(&self, site: Site, owner: &CallId) -> Result<Renewed, Error> {
        let (ttl, longest) = (self.policy.offer.as_millis(), self.policy.longest.as_millis());
        let (mut reply, _) = self.run(&EXTEND, self.call(site).arg(owner).arg(ttl).arg(longest)).await?;
        let holds = u64::try_from(reply.number()?).map_err(|_| reply.wrong())?;
        let earliest = reply.time()?;
        Ok(Renewed { holds, until: (holds > 0).then_some(earliest) })
    }

    /// Lists the live holds and markers that reach into the minutes from `from` up to but not including `to`.
    pub async fn list(&self, site: Site, from: i64, to: i64) -> Result<Vec<Hold>, Error> {
        let call = self.call(site).arg(from).arg(to).arg(MAX_SEGMENT_MINUTES);
        let (mut reply, _) = self.run(&LIST, call).await?;
        wire::read_holds(&mut reply)
    }

    /// Removes expired holds of a branch nobody asks about any more, and returns how many offers that were.
    pub async fn sweep(&self, site: Site) -> Result<u64, Error> {
        let (reply, expired) = self.run(&LIST, self.call(site).arg(0).arg(0).arg(1)).await?;
        u64::try_from(expired).map_err(|_| reply.wrong())
    }

    /// Returns the branch's running totals: granted, refused, released, expired, confirmed. They start anew after
    /// eight days without any hold, and with an emptied Redis.
    pub async fn totals(&self, site: Site) -> Result<BTreeMap<String, i64>, Error> {
        let [.., count] = self.cache.keys().holds(site);
        let answer = self.cache.send("hold_totals", true, cmd("HGETALL").arg(count)).await?;
        let mut reply = Reply::of_map("hold_totals", answer)?;
        let mut totals = BTreeMap::new();
        while !reply.is_done() {
            totals.insert(reply.text()?, reply.number()?);
        }
        Ok(totals)
    }

    fn call(&self, site: Site) -> Call {
        Call::keys(self.cache.keys().holds(site))
    }

    /// Runs a hold script and reads what all of them begin with: the server's time and how much expired.
    async fn run(&self, script: &Script, call: Call) -> Result<(Reply, i64), Error> {
        let mut reply = self.cache.run(script, call).await?;
        let _now = reply.time()?;
        let expired = reply.number()?;
        metric::holds("expired", expired);
        Ok((reply, expired))
    }
}
