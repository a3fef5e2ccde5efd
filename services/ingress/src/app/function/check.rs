//! `check_availability`: what is free, held for the caller who heard it.

use callflow_contract::availability::v1::{SearchSequencesRequest, SearchSlotsRequest, SearchSlotsResponse};
use callflow_domain::sequence::FORBIDDEN_COMBINATION;
use callflow_retell::{
    answer::{Answer, Outcome},
    function::CheckAvailability,
    spoken::Line,
};
use callflow_rpc::{Failure, idempotent};

use crate::app::{
    App,
    offer::{Spot, alternatives, offers, slot_visits, visits},
    turn::{Told, Trouble, Turn},
    wish::{Understood, minute},
};

/// Most services in one visit.
pub(super) const MOST_SERVICES: usize = 8;

impl App {
    pub(super) async fn check_availability(&self, turn: &Turn, asked: &CheckAvailability) -> Told {
        let understood = turn.understand(&asked.wish)?;
        if asked.services.len() > 1 {
            return self.check_sequence(turn, asked, &understood).await;
        }
        let service = turn.service(asked.services.first())?;
        let found = self.search(turn, service, &understood).await?;
        let spots = offers(&found.offers, turn.home());
        if !spots.is_empty() {
            return Ok(free(turn, &spots, &found).field("service", turn.site.services[service].name.as_str()));
        }
        let mut closest = alternatives(&found.alternatives, turn.home());
        if closest.is_empty() && understood.at.is_some() {
            // The day has other times than the one that was asked for.
            let whole_day = Understood { at: None, from: None, to: None, ..understood.clone() };
            closest = offers(&self.search(turn, service, &whole_day).await?.offers, turn.home());
        }
        let staff = understood.staff.map(|at| turn.site.staff[at].name.as_str());
        Ok(turn.nothing(found.reason(), understood.day(), staff, &closest))
    }

    async fn search(&self, turn: &Turn, service: usize, wish: &Understood) -> Result<SearchSlotsResponse, Trouble> {
        let (from, to) = match wish.at {
            Some(at) => (minute(at), minute(at) + 1),
            None => (wish.from.map_or(0, minute), wish.to.map_or(0, minute)),
        };
        let owner = turn.owner();
        let request = SearchSlotsRequest {
            company_id: turn.company().to_string(),
            branch_id: turn.home().to_owned(),
            service_id: turn.site.services[service].service_id.clone(),
            staff_id: wish.staff.map(|at| turn.site.staff[at].staff_id.clone()).unwrap_or_default(),
            window: turn.window(wish.days),
            time_from_min: from,
            time_to_min: to,
            limit: 3,
            language: turn.phrases.speech().tag().to_owned(),
            hold: !owner.is_empty(),
            owner,
            other_branches: true,
            ..SearchSlotsRequest::default()
        };
        Ok(self.deps.availability.clone().search_slots(idempotent(request)).await?.into_inner())
    }

    async fn check_sequence(&self, turn: &Turn, asked: &CheckAvailability, wish: &Understood) -> Told {
        if asked.services.len() > MOST_SERVICES {
            let most = u32::try_from(MOST_SERVICES).unwrap_or(u32::MAX);
            return Ok(Answer::new(Outcome::TooMany, turn.phrases.too_many_services(most)));
        }
        let services: Result<Vec<usize>, Trouble> =
            asked.services.iter().map(|said| turn.service(Some(said))).collect();
        let owner = turn.owner();
        let request = SearchSequencesRequest {
            company_id: turn.company().to_string(),
            branch_id: turn.home().to_owned(),
            service_ids: services?.iter().map(|at| turn.site.services[*at].service_id.clone()).collect(),
            any_order: true,
            window: turn.window(wish.days),
            limit: 1,
            hold: !owner.is_empty(),
            owner,
            language: turn.phrases.speech().tag().to_owned(),
            ..SearchSequencesRequest::default()
        };
        let found = match self.deps.availability.clone().search_sequences(idempotent(request)).await {
            Err(status) if Failure::from(&status).code.as_deref() == Some(FORBIDDEN_COMBINATION) => {
                return Ok(turn.say(Outcome::ForbiddenCombination, Line::ForbiddenCombination));
            }
            found => found?.into_inner(),
        };
        let parts = found.sequences.first().map(|best| offers(&best.parts, turn.home())).unwrap_or_default();
        let outcome = if parts.is_empty() { Outcome::NoSlots } else { Outcome::SlotsFound };
        let answer = Answer::new(outcome, turn.phrases.sequence_found(&visits(&parts)));
        Ok(answer.slots(parts.iter().map(|spot| spot.slot(&turn.phrases))))
    }
}

fn free(turn: &Turn, spots: &[Spot], found: &SearchSlotsResponse) -> Answer {
    let mut message = turn.phrases.slots_found(&slot_visits(spots));
    if found.degraded {
        message = format!("{message} {}", turn.phrases.say(Line::MayBeOutdated));
    }
    let answer = Answer::new(Outcome::SlotsFound, message).slots(spots.iter().map(|spot| spot.slot(&turn.phrases)));
    if found.hold_state.is_empty() { answer } else { answer.field("hold", found.hold_state.as_str()) }
}
