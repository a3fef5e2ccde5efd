//! `callflowctl series`: a recurring series, or what booking it would do.

use std::process::ExitCode;

use callflow_contract::{
    booking::v1::{Occurrence, Outcome, SeriesRequest},
    common::v1::Person,
};
use serde::Serialize;

use super::{
    appointment::{code, context, name_of},
    branch,
};
use crate::{
    cli::{Format, Series},
    connect::Fleet,
    failure::Failure,
    output,
    view::{time, wall},
};

#[derive(Serialize)]
struct View {
    outcome: String,
    series_id: String,
    /// What the customer says to change it; all occurrences share it.
    confirmation_code: String,
    booked: u32,
    skipped: u32,
    detail: String,
    occurrences: Vec<Planned>,
    #[serde(skip)]
    done: bool,
}

/// One occurrence and what happens to it.
#[derive(Serialize)]
struct Planned {
    number: u32,
    /// When the pattern puts it.
    planned: String,
    state: String,
    /// Why it is not as planned; empty when it is.
    reason: String,
    /// When it takes place; empty when it does not.
    start: String,
    branch: String,
    staff: String,
    appointment_id: String,
}

/// Books or previews and prints. Exit code 1 when the series does not fit.
pub(crate) async fn series(fleet: &Fleet, format: Format, args: Series) -> Result<ExitCode, Failure> {
    let place = branch::branch(fleet, &args.branch).await?;
    let zone = place.branch.as_ref().map_or_else(|| "UTC".to_owned(), |branch| branch.time_zone.clone());
    let staff = args.staff.as_deref().map(|said| branch::staff(&place, said)).transpose()?;
    let request = SeriesRequest {
        context: Some(context(fleet, args.key)?),
        branch_id: place.branch.as_ref().map(|branch| branch.branch_id.clone()).unwrap_or_default(),
        service_id: branch::service(&place, &args.service)?.service_id.clone(),
        staff_id: staff.map(|member| member.staff_id.clone()).unwrap_or_default(),
        pattern: args.pattern,
        start_date: args.from.to_string(),
        time: args.time,
        end_date: args.until.map(|date| date.to_string()).unwrap_or_default(),
        count: args.count,
        strategy: args.strategy,
        shift_window_min: args.shift_window,
        person: Some(Person { name: args.name, phone: args.phone, ..Person::default() }),
        ..SeriesRequest::default()
    };
    let mut booking = fleet.booking().await?;
    let answer = match args.dry_run {
        true => booking.preview_series(request).await?.into_inner(),
        false => booking.book_series(request).await?.into_inner(),
    };
    let outcome = match answer.outcome() {
        Outcome::Unspecified => "preview".to_owned(),
        outcome => name_of(outcome),
    };
    let view = View {
        outcome,
        booked: answer.booked,
        skipped: answer.skipped,
        occurrences: answer.occurrences.iter().map(|one| planned(one, &zone)).collect::<Result<_, _>>()?,
        detail: answer.detail.clone(),
        series_id: answer.series_id.clone(),
        confirmation_code: answer
            .occurrences
            .iter()
            .find_map(|one| one.appointment.as_ref())
            .map(|one| one.confirmation_code.clone())
            .unwrap_or_default(),
        done: matches!(answer.outcome(), Outcome::Unspecified | Outcome::Booked | Outcome::Replayed),
    };
    output::print(format, &view, human)?;
    Ok(code(view.done))
}

fn planned(one: &Occurrence, zone: &str) -> Result<Planned, Failure> {
    let made = one.appointment.clone().unwrap_or_default();
    Ok(Planned {
        number: one.index + 1,
        planned: time(one.planned.as_ref(), zone)?,
        state: one.state.clone(),
        reason: one.reason.clone(),
        start: time(made.start.as_ref(), &made.time_zone)?,
        branch: made.branch_name,
        staff: made.staff_name,
        appointment_id: made.appointment_id,
    })
}

fn human(view: &View) {
    let counted = match (view.booked, view.skipped) {
        (0, _) => String::new(),
        (booked, 0) => format!("{booked} occurrences"),
        (booked, skipped) => format!("{booked} occurrences, {skipped} left out"),
    };
    let code =
        if view.confirmation_code.is_empty() { String::new() } else { format!("code {}", view.confirmation_code) };
    output::headline(view.done, &view.outcome, &[&view.detail, &counted, &code]);
    let row = |one: &Planned| {
        let what = one.state.replace('_', " ");
        let state = if one.reason.is_empty() { what } else { format!("{what} ({})", one.reason.replace('_', " ")) };
        [one.number.to_string(), wall(&one.planned), state, wall(&one.start), one.staff.clone(), one.branch.clone()]
    };
    let rows: Vec<_> = view.occurrences.iter().map(row).collect();
    output::table(["number", "planned", "becomes", "start", "staff", "branch"], &rows);
}
