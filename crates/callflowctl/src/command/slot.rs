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
    output::{self, DIM, GOOD, HEAD, styled},
    view::{Closest, Slot},
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
    let reason = match answer.reason() {
        NoSlotReason::Unspecified => String::new(),
        reason => reason.as_str_name().trim_start_matches("NO_SLOT_REASON_").to_ascii_lowercase(),
    };
    let alternatives: Result<Vec<_>, _> = answer.alternatives.iter().map(Closest::read).collect();
    let view = View {
        slots: answer.offers.iter().map(Slot::read).collect::<Result<_, _>>()?,
        reason,
        reason_detail: answer.reason_detail,
        alternatives: alternatives?.into_iter().flatten().collect(),
        days: days(first, args.days, &answer.starts, &zone)?,
    };
    output::print(format, &view, human)?;
    Ok(if view.slots.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
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
        let detail = if view.reason_detail.is_empty() { String::new() } else { format!(" ({})", view.reason_detail) };
        anstream::println!("nothing is free: {}{detail}", view.reason.replace('_', " "));
    } else {
        output::table(["slot", "start", "staff", "score"], &view.slots.iter().map(row).collect::<Vec<_>>());
    }
    if !view.alternatives.is_empty() {
        anstream::println!("\n{}", styled(HEAD, "closest"));
        for closest in &view.alternatives {
            let [slot, start, staff, _] = row(&closest.slot);
            anstream::println!("{slot}  {start}  {staff}  {}", styled(DIM, closest.kind));
        }
    }
}

fn row(slot: &Slot) -> [String; 4] {
    let score = slot.score.map(|score| format!("{score:.2}")).unwrap_or_default();
    [slot.slot_id.clone(), slot.start.clone(), slot.staff.clone(), score]
}

/// Half hours from 07:00 to 21:00; a filled cell has a free start in it.
fn picture(days: &[Day]) {
    let hours: String = (7..21).map(|hour| format!("{hour:<2}")).collect();
    anstream::println!("{}{}", " ".repeat(12), styled(DIM, &hours));
    for day in days {
        let has = |hour: u32, half: u32| {
            day.starts.iter().any(|start| {
                let (h, m) = start.split_once(':').unwrap_or_default();
                h.parse() == Ok(hour) && m.parse::<u32>().is_ok_and(|minute| minute / 30 == half)
            })
        };
        let cell = |(hour, half)| if has(hour, half) { "█" } else { "·" };
        let cells: String = (7..21).flat_map(|hour| [(hour, 0), (hour, 1)]).map(cell).collect();
        anstream::println!("{}  {}", day.date, styled(GOOD, &cells));
    }
    anstream::println!();
}
