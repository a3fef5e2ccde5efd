//! `book_services` and `book_series`: several appointments in one wish.

use callflow_contract::{
    booking::v1::{BookServicesRequest, Outcome as Wire, SeriesRequest, SeriesResponse},
    convert::from_wire_time,
};
use callflow_domain::masked::PersonalText;
use callflow_retell::{
    answer::{Answer, Outcome},
    function::{BookSeries, BookServices, Said},
    spoken::Line,
};
use callflow_rpc::idempotent;
use jiff::civil::Date;

use super::{book::slot, check::MOST_SERVICES};
use crate::app::{
    App,
    offer::Spot,
    turn::{Told, Trouble, Turn},
    wish::Understood,
};

impl App {
    pub(super) async fn book_services(&self, turn: &Turn, asked: &BookServices) -> Told {
        if asked.customer_name.is_none() && turn.customer.is_empty() {
            return Ok(turn.ask("customer_name", Line::AskName));
        }
        let count = asked.services.len().max(asked.slot_ids.len());
        if count < 2 {
            return Ok(turn.ask("services", Line::AskService));
        }
        if count > MOST_SERVICES {
            let most = u32::try_from(MOST_SERVICES).unwrap_or(u32::MAX);
            return Ok(Answer::new(Outcome::TooMany, turn.phrases.too_many_services(most)));
        }
        let understood = turn.understand(&asked.wish)?;
        if understood.days.is_none() && asked.slot_ids.is_empty() {
            return Ok(turn.ask("date", Line::AskDate));
        }
        let request = sequence(turn, asked, &understood)?;
        let reply = self.deps.booking.clone().book_services(idempotent(request)).await?.into_inner();
        Ok(turn.booked(&reply, &understood))
    }

    pub(super) async fn book_series(&self, turn: &Turn, asked: &BookSeries) -> Told {
        let preview = asked.preview == Some(true);
        if !preview && asked.customer_name.is_none() && turn.customer.is_empty() {
            return Ok(turn.ask("customer_name", Line::AskName));
        }
        let (request, understood) = series(turn, asked)?;
        let mut booking = self.deps.booking.clone();
        let reply = match preview {
            true => booking.preview_series(idempotent(request)).await?,
            false => booking.book_series(idempotent(request)).await?,
        };
        Ok(turn.series(&reply.into_inner(), preview, &understood))
    }
}

fn sequence(turn: &Turn, asked: &BookServices, wish: &Understood) -> Result<BookServicesRequest, Trouble> {
    let services: Result<Vec<usize>, Trouble> = asked.services.iter().map(|said| turn.service(Some(said))).collect();
    let ids: Vec<String> = services?.iter().map(|at| turn.site.services[*at].service_id.clone()).collect();
    let slots: Result<Vec<String>, Trouble> =
        asked.slot_ids.iter().map(|said| slot(turn, said).map(|slot| slot.to_string())).collect();
    let (slots, day) = (slots?, wish.days.map(|days| days.from.to_string()).unwrap_or_default());
    let meant = if slots.is_empty() { format!("{}@{day}", ids.join("+")) } else { slots.join("+") };
    Ok(BookServicesRequest {
        context: Some(turn.write(&meant)),
        branch_id: turn.home().to_owned(),
        service_ids: ids,
        any_order: asked.any_order.unwrap_or(false),
        same_staff: asked.same_staff.unwrap_or(false),
        slot_ids: slots,
        window: turn.window(wish.days),
        person: Some(turn.person(asked.customer_name.as_ref())),
        notes: text(asked.notes.as_ref()),
        ..BookServicesRequest::default()
    })
}

fn series(turn: &Turn, asked: &BookSeries) -> Result<(SeriesRequest, Understood), Trouble> {
    let Some(pattern) = asked.pattern.as_ref() else { return Err(turn.ask("pattern", Line::AskPattern).into()) };
    let service = turn.service(asked.service.as_ref())?;
    // The last day of a series is far away and no end of a search.
    let until = asked.wish.until.as_ref().and_then(Said::exact).copied();
    let understood = turn.understand(&callflow_retell::function::Wish { until: None, ..asked.wish.clone() })?;
    let Some(days) = understood.days else { return Err(turn.ask("date", Line::AskDate).into()) };
    let Some(at) = understood.at else { return Err(turn.ask("time", Line::AskTime).into()) };
    let service_id = turn.site.services[service].service_id.clone();
    let (start, time) = (days.from.to_string(), at.strftime("%H:%M").to_string());
    let request = SeriesRequest {
        context: Some(turn.write(&format!("series/{service_id}@{start}T{time}"))),
        branch_id: turn.home().to_owned(),
        service_id,
        staff_id: understood.staff.map(|at| turn.site.staff[at].staff_id.clone()).unwrap_or_default(),
        pattern: pattern.expose().to_owned(),
        start_date: start,
        time,
        end_date: until.map(|date: Date| date.to_string()).unwrap_or_default(),
        count: asked.count.as_ref().and_then(Said::exact).copied().unwrap_or_default(),
        strategy: text(asked.on_conflict.as_ref()),
        person: Some(turn.person(asked.customer_name.as_ref())),
        notes: text(asked.notes.as_ref()),
        ..SeriesRequest::default()
    };
    Ok((request, understood))
}

fn text(said: Option<&PersonalText>) -> String {
    said.map(|text| text.expose().to_owned()).unwrap_or_default()
}

impl Turn {
    fn series(&self, reply: &SeriesResponse, preview: bool, wish: &Understood) -> Answer {
        let wanted = u32::try_from(reply.occurrences.len()).unwrap_or(u32::MAX);
        let made: Vec<Spot> = reply
            .occurrences
            .iter()
            .filter_map(|one| Spot::appointment(one.appointment.as_ref()?, self.home()))
            .collect();
        if preview {
            let free = reply.occurrences.iter().filter(|one| !matches!(one.state.as_str(), "conflict" | "skipped"));
            let free = u32::try_from(free.count()).unwrap_or(u32::MAX);
            let answer = Answer::new(Outcome::SeriesPreview, self.phrases.series_preview(free, wanted));
            return answer.field("free", free).field("wanted", wanted);
        }
        let (booked, first) = (reply.booked, made.first());
        match (reply.outcome(), first) {
            (Wire::Booked | Wire::Replayed, Some(first)) => {
                let (outcome, message) = if booked < wanted {
                    (Outcome::SeriesPartlyBooked, self.phrases.series_partly_booked(booked, wanted, &first.visit()))
                } else {
                    (Outcome::SeriesBooked, self.phrases.series_booked(booked, &first.visit()))
                };
                let answer = Answer::new(outcome, message).field("series_id", reply.series_id.as_str());
                answer.field("booked", booked).appointments(made.iter().map(Spot::booked))
            }
            (Wire::Taken, _) => {
                let conflict = reply.occurrences.iter().find(|one| one.state == "conflict");
                let day = conflict.and_then(|one| from_wire_time("planned", one.planned.as_ref()?).ok());
                let day = day.map(|at| at.to_zoned(self.site.zone.clone()).date()).or(wish.day());
                let message = day.map_or_else(
                    || self.phrases.say(Line::SlotTaken).to_owned(),
                    |day| self.phrases.series_conflict(day),
                );
                Answer::new(Outcome::SeriesConflict, message)
            }
            (Wire::NotBookable, _) => self.say(Outcome::InvalidPattern, Line::InvalidPattern),
            (other, _) => self.refused(other, Line::UnknownSlot, Outcome::UnknownSlot),
        }
    }
}
