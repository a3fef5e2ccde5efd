//! Several services in one visit: the best ways to fit them one after another, held as a whole.

use std::collections::BTreeSet;

use callflow_contract::availability::v1::{Offer as WireOffer, SearchSequencesResponse, Sequence as Wire};
use callflow_domain::{
    cell::CellSize,
    hold::Segment,
    id::{BranchId, CallId, CompanyId, ServiceId, StaffId},
    language::Language,
    schedule::{DayRange, Span},
    search::{self, Offer, Pieces, Reason, SearchRequest, Wish},
    sequence::{self, FreeRoom, FreeStaff, Gaps, Order, Part, Sequence, Step},
    slot::{Alignment, SlotRule},
};
use callflow_store::catalog::StoredService;
use jiff::Timestamp;

use super::{
    App, Result,
    hold::HoldState,
    offer,
    search::{Query, When, blocking, is_offered, request},
    site::{Place, View},
};
use crate::metrics;

/// What is wanted, read from a request.
#[derive(Debug, Clone)]
pub struct SequenceQuery {
    /// Whose calendar.
    pub company: CompanyId,
    /// Where.
    pub branch: BranchId,
    /// The services, in the wanted order.
    pub services: Vec<ServiceId>,
    /// With whom, service by service; none for anyone.
    pub staff: Vec<Option<StaffId>>,
    /// In which order.
    pub order: Order,
    /// Whether one person has to do everything; otherwise as few as possible are preferred.
    pub same_staff: bool,
    /// Minutes between any two services; the company's own when absent.
    pub gap_min: Option<i64>,
    /// When the sequence may begin.
    pub window: Span,
    /// Most sequences.
    pub limit: usize,
    /// The caller's language.
    pub language: Option<Language>,
    /// Whom the customer prefers.
    pub preferred: Option<StaffId>,
    /// For whom the best one is held, and whose holds are no obstacle.
    pub owner: Option<CallId>,
    /// Whether to hold the best one.
    pub hold: bool,
    /// The present.
    pub now: Timestamp,
}

/// One of the services with all that searching for it needs.
struct Wanted {
    service: ServiceId,
    request: SearchRequest,
}

/// A query with everything it names looked up.
struct Ready {
    place: Place,
    wanted: Vec<Wanted>,
    gaps: Gaps,
    /// The distance between beginnings.
    step_min: i64,
    /// From the earliest beginning to the latest end.
    reach: Span,
}

/// What one look found, and what it looked at.
struct Look {
    view: View,
    held: Vec<Segment>,
    /// Service by service, what was looked for and what is free for it.
    requests: Vec<SearchRequest>,
    pieces: Vec<Pieces>,
    found: Vec<Sequence>,
}

impl App {
    /// Returns the best sequences or why there is none, and holds the best one as a whole if asked to.
    ///
    /// # Errors
    /// When the query asks for the impossible or for what may not be combined, names what does not exist, or neither
    /// Redis nor Postgres can be asked.
    pub async fn sequences(&self, query: &SequenceQuery) -> Result<SearchSequencesResponse> {
        let ready = match self.prepared(query).await? {
            Ok(ready) => ready,
            Err(reason) => return Ok(nothing(&reason)),
        };
        let look = self.look_for_sequences(&ready, query).await?;
        let mut found = sequences(&ready, &look)?;
        let mut hold_state = String::new();
        if query.hold && !found.is_empty() {
            let mut state = self.hold_best(&ready, query, &mut found).await;
            if state == HoldState::Refused {
                // Somebody was faster between the look and the hold: look once more, past their holds.
                found = sequences(&ready, &self.look_for_sequences(&ready, query).await?)?;
                state = self.hold_best(&ready, query, &mut found).await;
            }
            hold_state = state.as_str().into();
        }
        if found.is_empty() {
            return Ok(SearchSequencesResponse { hold_state, ..nothing(&why(&ready, query, &look)?) });
        }
        metrics::search("sequence");
        Ok(SearchSequencesResponse { sequences: found, hold_state, ..SearchSequencesResponse::default() })
    }

    /// Looks everything up that a query names; the inner error is a reason the caller can be told.
    async fn prepared(&self, query: &SequenceQuery) -> Result<std::result::Result<Ready, Reason>> {
        let place = self.place(query.company, query.branch).await?;
        let directory = &place.directory;
        let known = |id: &ServiceId| directory.service(*id).filter(|one| is_offered(directory, query.branch, one));
        let Some(services) = query.services.iter().map(known).collect::<Option<Vec<_>>>() else {
            return Ok(Err(Reason::UnknownService));
        };
        check_combination(&services)?;
        let slug = |place: usize| services[place].declared.slug.as_str();
        let policies = directory.policies();
        let own = |first, second| i64::from(policies.gap_between(slug(first), slug(second)));
        let gaps = Gaps::of(services.len(), |first, second| query.gap_min.unwrap_or_else(|| own(first, second)));
        let served: i64 = services.iter().map(|service| i64::from(service.declared.duration_min)).sum();
        let longest = served + gaps.all().max().unwrap_or(0) * (services.len() as i64 - 1);
        let reach = Span::new(query.window.from, query.window.to + longest);
        let with = query.staff.iter().copied().chain(std::iter::repeat(None));
        let wanted = services.iter().zip(with).map(|(service, staff)| {
            let only = staff.into_iter().collect();
            let request = request(directory, &query.single(service.id, reach), service, only)?;
            Ok(Wanted { service: service.id, request })
        });
        let wanted = wanted.collect::<Result<Vec<_>>>()?;
        let step_min = i64::from(policies.step_min);
        Ok(Ok(Ready { wanted, gaps, step_min, reach, place }))
    }

    async fn look_for_sequences(&self, ready: &Ready, query: &SequenceQuery) -> Result<Look> {
        let view = self.view(&ready.place, ready.days()?).await?;
        let held = blocking(&view, query.owner.as_ref());
        let fine = ready.fine_step();
        let wanted = ready.wanted.iter().map(|one| {
            let request = on_step(&one.request, fine)?;
            let pieces = search::pieces(&ready.place.zone, &view.days, &held, &request)?;
            Ok((request, pieces))
        });
        let (requests, pieces): (Vec<_>, Vec<_>) = wanted.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        let found = find(ready, query, &pieces)?;
        Ok(Look { view, held, requests, pieces, found })
    }

    /// Holds all parts of the best sequence in one script, for as long as offers are held.
    async fn hold_best(&self, ready: &Ready, query: &SequenceQuery, found: &mut Vec<Wire>) -> HoldState {
        let (Some(owner), Some(best)) = (&query.owner, found.first_mut()) else { return HoldState::Unavailable };
        let state = self.hold_together(&ready.place, owner, &mut best.parts).await;
        if state == HoldState::Refused {
            found.remove(0);
        }
        state
    }
}

/// Refuses services of which one says that it may not be combined with another.
fn check_combination(services: &[&StoredService]) -> Result<()> {
    let slugs: Vec<&str> = services.iter().map(|service| service.declared.slug.as_str()).collect();
    let find = |slug: &str| services.iter().find(|service| service.declared.slug == slug);
    let forbids =
        |one: &str, other: &str| find(one).is_some_and(|one| one.declared.not_with.iter().any(|no| no == other));
    Ok(sequence::check_combination(&slugs, forbids)?)
}

impl SequenceQuery {
    /// The search for one of the services alone, anywhere the sequence may reach.
    fn single(&self, service: ServiceId, reach: Span) -> Query {
        Query {
            company: self.company,
            branch: Some(self.branch),
            service: Some(service),
            only: Vec::new(),
            without: Vec::new(),
            when: When::Within(reach),
            times: None,
            limit: 1,
            duration_min: None,
            language: self.language,
            preferred: self.preferred,
            owner: self.owner.clone(),
            hold: false,
            all_starts: false,
            other_branches: false,
            freed: Vec::new(),
            now: self.now,
        }
    }
}

impl Ready {
    /// The dates from the earliest beginning to the latest end, buffers included.
    fn days(&self) -> Result<DayRange> {
        let blocks = || self.wanted.iter().map(|one| one.request.service.rule.block_at(0));
        let before = blocks().map(|block| block.from).min().unwrap_or(0);
        let after = blocks().map(|block| block.to).max().unwrap_or(0);
        let zone = &self.place.zone;
        Ok(DayRange::new(zone.date_at(self.reach.from + before), zone.date_at(self.reach.to + after))?)
    }

    /// The distance between starts of single services: five minutes if every start of a sequence falls on one, else one.
    fn fine_step(&self) -> i64 {
        let rules = self.wanted.iter().map(|one| one.request.service.rule.service_at(0).to);
        let count = self.wanted.len();
        let pairs = (0..count).flat_map(|first| (0..count).map(move |second| (first, second)));
        let gaps = pairs.map(|(first, second)| self.gaps.between(first, second));
        CellSize::of(rules.chain(gaps).chain([self.step_min])).minutes()
    }
}

/// Returns the same request with starts that far apart, whatever grid the company offers.
fn on_step(request: &SearchRequest, step_min: i64) -> Result<SearchRequest> {
    let mut request = request.clone();
    let rule = &request.service.rule;
    let (block, service) = (rule.block_at(0), rule.service_at(0));
    request.service.rule =
        SlotRule::new(service.to, step_min, Alignment::Clock)?.with_buffers(-block.from, block.to - service.to)?;
    Ok(request)
}

/// Finds the best sequences day by day, because everybody's score is that of the day.
fn find(ready: &Ready, query: &SequenceQuery, pieces: &[Pieces]) -> Result<Vec<Sequence>> {
    let zone = &ready.place.zone;
    let mut found = Vec::new();
    for date in DayRange::new(zone.date_at(query.window.from), zone.date_at(query.window.to - 1))?.dates() {
        let day = DayRange::one(date)?.span(zone);
        let window = day.intersection(query.window);
        if window.is_empty() {
            continue;
        }
        let steps: Vec<Step> =
            ready.wanted.iter().zip(pieces).map(|(wanted, pieces)| step(wanted, pieces, day.from)).collect();
        let asked = sequence::Request {
            steps: &steps,
            gaps: ready.gaps.clone(),
            order: query.order,
            same_staff: query.same_staff,
            window,
            grid: Some((zone, ready.step_min)),
            count: query.limit - found.len(),
        };
        found.extend(sequence::find(&asked)?);
        if found.len() >= query.limit {
            break;
        }
    }
    Ok(found)
}

fn step(wanted: &Wanted, pieces: &Pieces, day: i64) -> Step {
    let staff = pieces.staff.iter().map(|piece| FreeStaff {
        staff: piece.staff,
        starts: piece.starts.clone(),
        score: piece.score_at(day),
    });
    let rooms = pieces.rooms.iter().map(|(room, starts)| FreeRoom { room: *room, starts: starts.clone() });
    Step { service: wanted.service, rule: wanted.request.service.rule, staff: staff.collect(), rooms: rooms.collect() }
}

/// Writes what was found, each part with everyone who could do it then.
fn sequences(ready: &Ready, look: &Look) -> Result<Vec<Wire>> {
    let write = |sequence: &Sequence| {
        let parts = sequence.parts.iter().map(|part| write(ready, look, part)).collect::<Result<_>>()?;
        let staff_count = u32::try_from(sequence.staff_count).unwrap_or(u32::MAX);
        Ok(Wire { parts, staff_count, score: sequence.score })
    };
    look.found.iter().map(write).collect()
}

fn write(ready: &Ready, look: &Look, part: &Part) -> Result<WireOffer> {
    let wish = Wish::At(part.served.from);
    let request = SearchRequest { wish, ..look.requests[part.step].clone() };
    let outcome = search::search(&ready.place.zone, &look.view.days, &look.held, &request)?;
    let mut offer = outcome.offers.into_iter().next().unwrap_or_else(|| Offer {
        service: part.served,
        block: part.block,
        candidates: Vec::new(),
        room: part.room,
    });
    // The one who does it first, the others in their order.
    offer.candidates.sort_by_key(|candidate| candidate.staff != part.staff);
    offer.room = part.room;
    Ok(offer::write(&ready.place, part.service, &offer))
}

/// Finds out why there is no sequence: the reason of the first service that cannot be had at all, or that they do not
/// fit together.
fn why(ready: &Ready, query: &SequenceQuery, look: &Look) -> Result<Reason> {
    for wanted in &ready.wanted {
        let alone = search::search(&ready.place.zone, &look.view.days, &look.held, &wanted.request)?;
        if let Some(reason) = alone.reason {
            return Ok(reason);
        }
    }
    let everywhere =
        |staff: &StaffId| look.pieces.iter().all(|pieces| pieces.staff.iter().any(|piece| piece.staff == *staff));
    let mut people = look.pieces.iter().flat_map(|pieces| &pieces.staff).map(|piece| piece.staff);
    if query.same_staff && !people.any(|staff| everywhere(&staff)) {
        let skills: BTreeSet<&String> =
            ready.wanted.iter().flat_map(|one| &one.request.service.required_skills).collect();
        return Ok(Reason::NoSkill { skills: skills.into_iter().cloned().collect() });
    }
    Ok(Reason::FullyBooked)
}

fn nothing(reason: &Reason) -> SearchSequencesResponse {
    metrics::search(reason.as_str());
    let (wire, reason_detail) = offer::reason(reason);
    SearchSequencesResponse { reason: wire.into(), reason_detail, ..SearchSequencesResponse::default() }
}
