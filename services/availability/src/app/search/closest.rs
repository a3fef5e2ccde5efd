//! What comes closest to a time that is not to be had: near it, further ahead, with others, elsewhere. Held for the caller as
//! far as it can be.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use callflow_contract::availability::v1::{Alternative, FindAlternativesResponse, SearchSlotsResponse, alternative};
use callflow_domain::{
    id::CallId,
    schedule::Span,
    search::{Reason, SearchRequest, Wish},
};
use jiff::Timestamp;

use super::{LOOKS, NEAR_MIN, Query, Ready, is_offered, offers};
use crate::{
    app::{App, Result},
    error::Error,
};

/// How far before the wanted time is looked, in minutes: what a caller may like.
const BEFORE_MIN: i64 = 2 * 1440;
/// How far ahead is looked when there is nothing near: no more days than can be asked about at once.
const FAR_MIN: i64 = 350 * 1440;
/// Times tried to hold at once; the first few that are still free are the caller's.
const SPARE: usize = 16;
/// Alternatives in the answer of a search.
const IN_AN_ANSWER: usize = 3;

impl App {
    /// Returns what comes closest to a start that is not to be had: others at that time, then the nearest times, then other branches.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub async fn alternatives(
        &self,
        query: &Query,
        start: Timestamp,
        limit: usize,
    ) -> Result<FindAlternativesResponse> {
        let minute = Span::around(start, start).from;
        let Ok(ready) = self.ready(query).await? else { return Ok(FindAlternativesResponse::default()) };
        let near = SearchRequest { wish: near(query, minute, minute + NEAR_MIN), ..ready.request.clone() };
        near.check()?;
        let mut found = self.closest(&ready, query, minute, limit).await?;
        if found.is_empty() {
            found = Box::pin(self.elsewhere(&Ready { request: near, ..ready }, query)).await?;
        }
        Ok(FindAlternativesResponse { alternatives: found })
    }

    /// Completes the answer of a search that has nothing to offer.
    pub(super) async fn complete(
        &self,
        ready: &Ready,
        query: &Query,
        reason: Option<&Reason>,
        response: &mut SearchSlotsResponse,
    ) -> Result<()> {
        // What nobody can do at any time has no time that comes closest.
        if matches!(reason, Some(Reason::UnknownService | Reason::UnknownStaff | Reason::NoSkill { .. })) {
            return Ok(());
        }
        let mut found = std::mem::take(&mut response.alternatives);
        if let (true, Some(owner)) = (query.hold, &query.owner) {
            found = self.hold_alternatives(&ready.place, owner, &found, IN_AN_ANSWER).await.unwrap_or_default();
        }
        if found.is_empty() {
            // What is over or too far ahead has its closest times at the bounds of what can be booked.
            let wanted = ready.request.wanted_in(&ready.place.zone);
            let wanted = wanted.min(latest(ready, query)).max(now(query));
            found = match self.closest(ready, query, wanted, IN_AN_ANSWER).await {
                // The wish was accepted; what lies around it need not be.
                Err(Error::Search(_)) => Vec::new(),
                found => found?,
            };
        }
        response.alternatives = found;
        if query.other_branches {
            response.alternatives.extend(Box::pin(self.elsewhere(ready, query)).await?);
        }
        Ok(())
    }

    /// Looks near the wanted minute, and as far as can be booked when there is nothing near.
    async fn closest(&self, ready: &Ready, query: &Query, minute: i64, limit: usize) -> Result<Vec<Alternative>> {
        let far = (latest(ready, query) + 1).min(minute + FAR_MIN);
        let mut found = self.closest_until(ready, query, minute, minute + NEAR_MIN, limit).await?;
        if found.is_empty() && far > minute + NEAR_MIN {
            found = self.closest_until(ready, query, minute, far, limit).await?;
        }
        Ok(found)
    }

    /// Looks near the wanted minute and holds what is found. Those who look at once are told the same and divide it; whoever was
    /// too slow all the same tries times further away, other ones for each caller. After the last look the caller hears of
    /// times that are free, if not reserved.
    async fn closest_until(
        &self,
        ready: &Ready,
        query: &Query,
        minute: i64,
        until: i64,
        limit: usize,
    ) -> Result<Vec<Alternative>> {
        let owner = query.owner.as_ref().filter(|_| query.hold);
        let mut found = Vec::new();
        for look in 0..LOOKS {
            found = self.look_around(ready, query, near(query, minute, until), (look, limit)).await?;
            let Some(owner) = owner.filter(|_| !found.is_empty()) else { break };
            if let Some(held) = self.hold_alternatives(&ready.place, owner, &found, limit).await {
                return Ok(held);
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Finds others at the wanted time, then the nearest times of those asked for, or of anyone when they have none.
    async fn look_around(
        &self,
        ready: &Ready,
        query: &Query,
        near: Wish,
        (look, limit): (u32, usize),
    ) -> Result<Vec<Alternative>> {
        let wanted = SearchRequest { wish: near, times: None, ..ready.request.clone() };
        let range = wanted.days(&ready.place.zone)?;
        let view = self.freed_view(ready, query, range, range.span(&ready.place.zone)).await?;
        let choice = match query.owner.as_ref().filter(|_| query.hold) {
            Some(owner) => Choice::to_hold(owner, look, limit, view.ahead),
            None => Choice::to_tell(limit),
        };
        let (view, request) = (view.value, SearchRequest { count: choice.seen(), ..wanted });
        let mut found = Vec::new();
        let is_named = !request.only.is_empty();
        let others = SearchRequest {
            without: [request.without.as_slice(), &request.only].concat(),
            only: Vec::new(),
            ..request.clone()
        };
        if let (true, Wish::Near { minute, .. }) = (is_named, near) {
            let same_time = SearchRequest { wish: Wish::At(minute), count: 1, ..others.clone() };
            let outcome = self.find(ready, query, &view, &same_time)?;
            found.extend(offers(ready, &outcome, alternative::Kind::OtherStaff));
        }
        let mut outcome = self.find(ready, query, &view, &request)?;
        outcome.offers = choice.spread(outcome.offers);
        found.extend(offers(ready, &outcome, alternative::Kind::NextFree));
        if found.is_empty() && is_named {
            let mut outcome = self.find(ready, query, &view, &others)?;
            outcome.offers = choice.spread(outcome.offers);
            found.extend(offers(ready, &outcome, alternative::Kind::OtherStaff));
        }
        found.truncate(choice.count);
        Ok(found)
    }

    /// Looks for the same at the company's other branches, the first free time of each.
    async fn elsewhere(&self, ready: &Ready, query: &Query) -> Result<Vec<Alternative>> {
        let mut found = Vec::new();
        let service = ready.place.directory.service(ready.service);
        let others = ready.place.directory.branches().filter(|branch| branch.id != ready.place.branch);
        let offering = others.filter(|branch| {
            branch.declared.active
                && service.is_some_and(|service| is_offered(&ready.place.directory, branch.id, service))
        });
        for branch in offering.take(5) {
            let request = SearchRequest { only: Vec::new(), count: 1, ..ready.request.clone() };
            let place = self.place(query.company, branch.id).await?;
            let other = Ready { place, service: ready.service, request };
            let (outcome, _) = self.look(&other, query).await?;
            found.extend(offers(&other, &outcome, alternative::Kind::OtherBranch));
        }
        found.sort_by_key(|one| one.offer.as_ref().and_then(|offer| offer.start).map(|start| start.seconds));
        found.truncate(3);
        Ok(found)
    }
}

/// Times near a minute, none of them past.
fn near(query: &Query, minute: i64, until: i64) -> Wish {
    Wish::Near { minute, within: Span { from: (minute - BEFORE_MIN).max(now(query).min(minute)), to: until } }
}

fn now(query: &Query) -> i64 {
    Span::around(query.now, query.now).from
}

/// The last minute that can be booked now.
fn latest(ready: &Ready, query: &Query) -> i64 {
    now(query) + ready.request.service.advance_days * 1440
}

/// Which of the times that are free are wanted, the nearest first.
#[derive(Clone, Copy)]
struct Choice {
    count: usize,
    /// How many nearer ones are left to others.
    skip: usize,
    /// Where to begin when some are picked from all that are free; nobody knows of each other then.
    chance: Option<u64>,
}

impl Choice {
    /// The nearest ones.
    const fn to_tell(count: usize) -> Self {
        Self { count, skip: 0, chance: None }
    }

    /// Those that `ahead` others, who are told the same, leave to this caller. In a later look some at even distances, other ones
    /// for each caller.
    fn to_hold(owner: &CallId, look: u32, limit: usize, ahead: usize) -> Self {
        let (count, skip) = (SPARE.max(limit), ahead.saturating_mul(limit));
        let mut hasher = DefaultHasher::new();
        (owner.as_str(), look).hash(&mut hasher);
        let is_crowded = look > 0 || skip.saturating_add(count) > SearchRequest::MOST_OFFERS;
        Self { count, skip, chance: is_crowded.then(|| hasher.finish()) }
    }

    /// How many have to be looked at.
    const fn seen(self) -> usize {
        if self.chance.is_some() { SearchRequest::MOST_OFFERS } else { self.skip + self.count }
    }

    /// Picks from what was found, the nearest first.
    fn spread<T>(self, found: Vec<T>) -> Vec<T> {
        let stride = found.len() / self.count.max(1);
        match self.chance {
            Some(chance) if stride > 1 => {
                let first = usize::try_from(chance % stride as u64).unwrap_or_default();
                found.into_iter().skip(first).step_by(stride).take(self.count).collect()
            }
            _ => {
                let skip = self.skip.min(found.len().saturating_sub(self.count));
                found.into_iter().skip(skip).take(self.count).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(nth: u32) -> CallId {
        CallId::parse(&format!("call_{nth}")).unwrap()
    }

    fn found(count: usize) -> Vec<usize> {
        (0..count).collect()
    }

    #[test]
    fn who_is_alone_has_the_nearest() {
        assert_eq!(Choice::to_tell(3).spread(found(20)), found(3));
        let alone = Choice::to_hold(&caller(1), 0, 3, 0);
        assert_eq!(alone.seen(), SPARE);
        assert_eq!(alone.spread(found(200)), found(SPARE));
        assert_eq!(alone.spread(found(2)), found(2));
    }

    #[test]
    fn callers_who_are_told_the_same_divide_what_is_nearest() {
        for ahead in 0..60 {
            let choice = Choice::to_hold(&caller(1), 0, 3, ahead);
            assert_eq!(choice.spread(found(choice.seen()))[..3], found(200)[ahead * 3..ahead * 3 + 3], "{ahead}");
            assert_eq!(choice.spread(found(5)), found(5), "few are for everyone");
        }
    }

    #[test]
    fn callers_who_were_too_slow_try_different_times() {
        for (look, ahead) in [(1, 0), (0, 100), (0, usize::MAX)] {
            let choice = |nth| Choice::to_hold(&caller(nth), look, 3, ahead);
            assert_eq!(choice(1).seen(), SearchRequest::MOST_OFFERS);
            let tried: Vec<_> = (0..50).map(|nth| choice(nth).spread(found(200))).collect();
            assert!(tried.iter().all(|some| some.len() == SPARE));
            let mut firsts: Vec<_> = tried.iter().map(|some| some[0]).collect();
            firsts.sort_unstable();
            firsts.dedup();
            assert!(firsts.len() > 6, "{firsts:?}");
        }
    }
}
