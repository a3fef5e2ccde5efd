//! `callflowctl slots`: what is free, as a list and as a picture of the days.

use std::process::ExitCode;

use callflow_contract::{
    availability::v1::{NoSlotReason, SearchSlotsRequest},
    convert::to_wire_range,
    resolver::v1::GetBranchResponse,
};
use callflow_extract::{Clock, lexicon::Language, understand};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::branch;
use crate::{
    cli::{Format, Slots},
    connect::Fleet,
    failure::Failure,
    output::{self, DIM, GOOD, styled},
    view::{Closest, Slot, wall},
};

#[derive(Serialize)]
struct View {
    slots: Vec<Slot>,
    /// Why there is none; empty when there are.
    reason: String,
    reason_detail: String,
    alternatives: Vec<Closest>,
    days: Vec<Day>,
}

/// One line of the picture.
#[derive(Serialize)]
struct Day {
    date: String,
    /// Free starts, local `HH:MM`.
    starts: Vec<String>,
}

/// Searches and prints. Exit code 1 when nothing is free.
pub(crate) async fn slots(fleet: &Fleet, format: Format, args: &Slots) -> Result<ExitCode, Failure> {
    let place = branch::branch(fleet, &args.branch).await?;
    let zone = zone_of(&place)?;
    let first = first_day(args.from.as_deref(), &zone)?;
    let request = request(&place, args, first, &zone)?;
    let answer = fleet.availability().await?.search_slots(request).await?.into_inner();
    let alternatives: Result<Vec<_>, _> = answer.alternatives.iter().map(Closest::read).collect();
    let view = View {
        slots: answer.offers.iter().map(Slot::read).collect::<Result<_, _>>()?,
        reason: reason(answer.reason()),
        reason_detail: answer.reason_detail,
        alternatives: alternatives?.into_iter().flatten().collect(),
        days: days(first, args.days, &answer.starts, &zone)?,
    };
    output::print(format, &view, human)?;
    Ok(if view.slots.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Returns a reason in lower case; empty when there is none.
pub(super) fn reason(reason: NoSlotReason) -> String {
    match reason {
        NoSlotReason::Unspecified => String::new(),
        reason => reason.as_str_name().trim_start_matches("NO_SLOT_REASON_").to_ascii_lowercase(),
    }
}

fn zone_of(place: &GetBranchResponse) -> Result<TimeZone, Failure> {
    let name = place.branch.as_ref().map_or("UTC", |branch| branch.time_zone.as_str());
    TimeZone::get(name).map_err(|_| Failure::Refused(format!("the branch's time zone {name} is not known here")))
}

fn first_day(given: Option<&str>, zone: &TimeZone) -> Result<Date, Failure> {
    let now = Timestamp::now().to_zoned(zone.clone()).datetime();
    let Some(text) = given else { return Ok(now.date()) };
    if let Ok(date) = text.parse() {
        return Ok(date);
    }
    let said = understand(text, &Clock::new(now, Language::De)).days;
    said.map(|found| found.value.from).ok_or_else(|| Failure::Usage(format!("--from: {text:?} names no day")))
}

fn request(
    place: &GetBranchResponse,
    args: &Slots,
    first: Date,
    zone: &TimeZone,
) -> Result<SearchSlotsRequest, Failure> {
    let beyond = || Failure::Usage("these days lie beyond the calendar".into());
    let end = first.checked_add(i64::from(args.days).days()).map_err(|_| beyond())?;
    let midnight = |date: Date| date.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()).map_err(|_| beyond());
    let staff = args.staff.as_deref().map(|said| branch::staff(place, said)).transpose()?;
    Ok(SearchSlotsRequest {
        company_id: place.company.as_ref().map(|company| company.company_id.clone()).unwrap_or_default(),
        branch_id: place.branch.as_ref().map(|branch| branch.branch_id.clone()).unwrap_or_default(),
        service_id: branch::service(place, &args.service)?.service_id.clone(),
        staff_id: staff.map(|member| member.staff_id.clone()).unwrap_or_default(),
        window: Some(to_wire_range(midnight(first)?, midnight(end)?)),
        limit: args.limit,
        all_starts: true,
        ..SearchSlotsRequest::default()
    })
}

fn days(first: Date, count: u32, starts: &[i64], zone: &TimeZone) -> Result<Vec<Day>, Failure> {
    let broken = || Failure::Refused("the answer holds a time beyond the calendar".into());
    let mut days = Vec::new();
    for ahead in 0..i64::from(count) {
        let date = first.checked_add(ahead.days()).map_err(|_| broken())?;
        days.push((date, Vec::new()));
    }
    for minute in starts {
        let at = Timestamp::from_second(minute.saturating_mul(60)).map_err(|_| broken())?.to_zoned(zone.clone());
        if let Some((_, list)) = days.iter_mut().find(|(date, _)| *date == at.date()) {
            list.push(at.strftime("%H:%M").to_string());
        }
    }
    Ok(days.into_iter().map(|(date, starts)| Day { date: date.to_string(), starts }).collect())
}

fn human(view: &View) {
    picture(&view.days);
    if view.slots.is_empty() {
        output::headline(false, "nothing is free", &[&view.reason, &view.reason_detail]);
    } else {
        output::table(["slot", "start", "staff", "score"], &view.slots.iter().map(row).collect::<Vec<_>>());
    }
    output::closest(&view.alternatives);
}

fn row(slot: &Slot) -> [String; 4] {
    let score = slot.score.map(|score| format!("{score:.2}")).unwrap_or_default();
    [slot.slot_id.clone(), wall(&slot.start), slot.staff.clone(), score]
}

fn picture(days: &[Day]) {
    for (nth, line) in drawn(days).into_iter().enumerate() {
        let (day, cells) = line.split_at(MARGIN);
        anstream::println!("{day}{}", styled(if nth == 0 { DIM } else { GOOD }, cells));
    }
    anstream::println!();
}

/// Width of what stands before the picture: weekday and date.
const MARGIN: usize = 16;

/// Half hours of each day, at least from 07:00 to 21:00; a filled cell has a free start in it.
fn drawn(days: &[Day]) -> Vec<String> {
    let half = |start: &String| {
        let (hour, minute) = start.split_once(':')?;
        Some(hour.parse::<usize>().ok()? * 2 + minute.parse::<usize>().ok()? / 30)
    };
    let taken: Vec<Vec<usize>> = days.iter().map(|day| day.starts.iter().filter_map(half).collect()).collect();
    let all = || taken.iter().flatten().copied();
    let (from, to) = (all().min().unwrap_or(14).min(14) / 2, (all().max().unwrap_or(41).max(41) + 1).div_ceil(2));
    let hours: String = (from..to).map(|hour| format!("{hour:<2}")).collect();
    let mut lines = vec![format!("{}{hours}", " ".repeat(MARGIN))];
    for (day, taken) in days.iter().zip(&taken) {
        let cells: String = (from * 2..to * 2).map(|half| if taken.contains(&half) { '█' } else { '·' }).collect();
        let named = day.date.parse::<Date>().map(|date| date.strftime("%a %Y-%m-%d").to_string());
        lines.push(format!("{:<MARGIN$}{cells}", named.unwrap_or_else(|_| day.date.clone())));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str, starts: &[&str]) -> Day {
        Day { date: date.into(), starts: starts.iter().map(|&start| start.into()).collect() }
    }

    #[test]
    fn free_half_hours_are_filled_under_their_hour() {
        let lines = drawn(&[day("2026-12-01", &["09:00", "09:15", "20:45"]), day("2026-12-02", &[])]);
        assert_eq!(lines[0], "                7 8 9 1011121314151617181920");
        assert_eq!(lines[1], "Tue 2026-12-01  ····█······················█");
        assert_eq!(lines[2], "Wed 2026-12-02  ····························");
    }

    #[test]
    fn early_and_late_hours_widen_the_picture() {
        let lines = drawn(&[day("2026-12-01", &["05:30", "23:30"])]);
        assert!(lines[0].trim_start().starts_with("5 6 7") && lines[0].ends_with("2223"), "{lines:?}");
        assert_eq!(lines[1].chars().filter(|cell| *cell == '█').count(), 2);
        assert_eq!(lines[1].chars().count(), lines[0].chars().count());
    }
}
