//! Booking a series: expanded here, placed by availability, stored whole in one transaction or not at all.

mod tell;

use callflow_contract::{
    availability::v1::{Offer, PlanSeriesRequest, PlanSeriesResponse, Segment},
    booking::v1::{Outcome, SeriesResponse},
    convert::{FieldError, to_wire_time},
};
use callflow_domain::{
    code::Code,
    id::{BranchId, SeriesId, ServiceId, StaffId},
    masked::PersonalText,
    recurrence::{self, Occurrence, Strategy},
};
use callflow_queue::topology::key;
use callflow_store::{
    Person,
    appointment::{self, Booking, Made, NewAppointment, Placement},
    directory::Directory,
    series,
};
use jiff::tz::TimeZone;
use prost::Message as _;
use uuid::Uuid;

use tell::{announced, became, by_branch, planned, replayed, stored, told};

use super::{
    App, Result,
    book::{ATTEMPTS, Backoff, wish},
    once::{Turn, persevere, row},
};
use crate::{
    command::{Book, Context, Target},
    error::Error,
    event, metrics,
    slots::{SEGMENTS, segments},
};

/// A series in the words of the request.
#[derive(Debug, Clone)]
pub struct BookSeries {
    /// Who asks, under which key.
    pub context: Context,
    /// Where.
    pub branch: BranchId,
    /// What.
    pub service: ServiceId,
    /// With whom; the best by score when absent.
    pub staff: Option<StaffId>,
    /// `weekly:mo,we,fr`, `monthly:last:friday`, or an RFC 5545 rule.
    pub pattern: String,
    /// Local date of the first possible occurrence.
    pub start_date: String,
    /// Local wall-clock time.
    pub time: String,
    /// Last local date, or empty.
    pub end_date: String,
    /// Number of occurrences; 0 when the date ends it.
    pub count: u32,
    /// What to do with occurrences that do not fit: one strategy, or several in order.
    pub strategy: String,
    /// How far occurrences may be shifted, minutes each way; 0 for an hour.
    pub shift_window_min: u32,
    /// For whom.
    pub person: Person,
    /// Remarks of the customer.
    pub notes: Option<PersonalText>,
}

/// A request that was read, checked and expanded.
struct Wanted {
    occurrences: Vec<Occurrence>,
    pattern: String,
    ends_on: Option<jiff::civil::Date>,
}

/// How storing a plan ended.
enum Attempt {
    Answer(Box<SeriesResponse>),
    /// These times went to somebody else since they were planned.
    Lost(Vec<Segment>),
}

impl App {
    /// Says what booking the series would do to each occurrence; writes nothing.
    ///
    /// # Errors
    /// A wrong field is named; otherwise as [`book_series`](Self::book_series).
    pub async fn preview_series(&self, command: &BookSeries) -> Result<SeriesResponse> {
        let directory = self.directory(command.context.company).await?;
        let wanted = wanted(command, &directory)?;
        let plan = self.plan(command, &wanted, Vec::new()).await?;
        let outcome = if plan.bookable { Outcome::Unspecified } else { Outcome::Taken };
        Ok(told(&wanted, &plan, outcome, |offer| planned(command, &directory, offer)))
    }

    /// Books a series by its strategy, once per key and intent.
    ///
    /// # Errors
    /// A wrong field is named; else when availability or the database cannot be asked. That it does not fit is an answer.
    pub async fn book_series(&self, command: &BookSeries) -> Result<SeriesResponse> {
        let context = &command.context;
        let directory = self.directory(context.company).await?;
        let wanted = wanted(command, &directory)?;
        if let Some(answer) = self.answered::<SeriesResponse>(context).await? {
            return Ok(replayed(answer));
        }
        let (mut taken, mut backoff) = (Vec::new(), Backoff::new());
        let mut plan = self.plan(command, &wanted, Vec::new()).await?;
        for attempt in 1..=ATTEMPTS {
            if !plan.bookable {
                break;
            }
            match persevere!(context, self.place_series(command, &wanted, &directory, &plan))? {
                Attempt::Answer(answer) => return Ok(*answer),
                Attempt::Lost(segments) => taken.extend(segments),
            }
            metrics::conflict();
            if attempt == ATTEMPTS || !backoff.wait(context).await {
                break;
            }
            plan = self.plan(command, &wanted, taken.clone()).await?;
        }
        let answer = told(&wanted, &plan, Outcome::Taken, |offer| planned(command, &directory, offer));
        self.settle(context, answer).await.map(replayed)
    }

    /// Asks where each occurrence would end up, in one question.
    async fn plan(&self, command: &BookSeries, wanted: &Wanted, taken: Vec<Segment>) -> Result<PlanSeriesResponse> {
        let context = &command.context;
        let request = PlanSeriesRequest {
            company_id: context.company.to_string(),
            branch_id: command.branch.to_string(),
            service_id: command.service.to_string(),
            staff_id: command.staff.map(|staff| staff.to_string()).unwrap_or_default(),
            starts: wanted.occurrences.iter().map(|one| one.at.as_second().div_euclid(60)).collect(),
            strategy: command.strategy.clone(),
            shift_window_min: command.shift_window_min,
            owner: context.owner.clone(),
            language: command.person.language.clone().unwrap_or_default(),
            preferred_staff_id: String::new(),
            now: Some(to_wire_time(context.now)),
            taken,
        };
        self.deps.slots.plan(context, request).await
    }

    /// Stores series, appointments and what became of each occurrence in one transaction.
    async fn place_series(
        &self,
        command: &BookSeries,
        wanted: &Wanted,
        directory: &Directory,
        plan: &PlanSeriesResponse,
    ) -> Result<Attempt> {
        let (context, request) = (&command.context, row(&command.context));
        let (id, offers) = (SeriesId(Uuid::now_v7()), offers(plan));
        let wishes = wishes(command, plan, id, request.id)?;
        let mut appointments = wishes.iter().map(|wish| wish.as_stored(context.company, context.now));
        let mut answer = told(wanted, plan, Outcome::Booked, |_| {
            appointments.next().map(|stored| event::appointment(&stored, directory)).unwrap_or_default()
        });
        answer.series_id = id.to_string();
        let message =
            event::about(context, key::SERIES_BOOKED, &code_of(&wishes), &announced(command, wanted, &answer));
        let entries: Vec<_> = wishes.iter().map(|wish| event::made(context, "book_series", wish)).collect();
        let booking = Booking {
            request: &request,
            outcome: &answer.encode_to_vec(),
            at: context.now,
            wishes: &wishes,
            entries: &entries,
            messages: &[message],
        };
        let mut tx = self.deps.database.begin_within(context.time_left()).await?;
        series::insert(&mut tx, context.company, &stored(command, wanted, directory, id, request.id)).await?;
        match appointment::book(&mut tx, context.company, &booking).await? {
            Made::Done => {}
            Made::Lost(placements) => {
                tx.rollback().await?;
                let lost = offers.iter().zip(&placements).filter(|(_, placement)| **placement != Placement::Placed);
                return Ok(Attempt::Lost(lost.flat_map(|(offer, _)| segments(offer)).collect()));
            }
            Made::CodeInUse => {
                tx.rollback().await?;
                return Err(Error::CodeInUse);
            }
            Made::Repeated => {
                tx.rollback().await?;
                return self.repeated_series(context).await;
            }
        }
        series::put_occurrences(&mut tx, context.company, id, &became(wanted, plan, &wishes)).await?;
        tx.commit().await?;
        self.deps.relay.wake();
        for (branch, segments) in by_branch(&offers) {
            for some in segments.chunks(SEGMENTS) {
                self.deps.slots.confirm_later(context, branch.clone(), String::new(), some.to_vec());
            }
        }
        Ok(Attempt::Answer(Box::new(answer)))
    }

    async fn repeated_series(&self, context: &Context) -> Result<Attempt> {
        match self.claim::<SeriesResponse>(context).await? {
            Turn::Known(answer) => Ok(Attempt::Answer(Box::new(replayed(answer)))),
            Turn::Ours(tx, _) => {
                tx.rollback().await?;
                Ok(Attempt::Lost(Vec::new()))
            }
        }
    }
}

/// Reads and expands the request; every refusal names its field.
fn wanted(command: &BookSeries, directory: &Directory) -> Result<Wanted> {
    let (branch, service) = (command.branch, command.service);
    super::check_ids(directory, Some(branch), Some(service), command.staff)?;
    let request = recurrence::Request {
        pattern: &command.pattern,
        start_date: &command.start_date,
        time: &command.time,
        end_date: &command.end_date,
        count: command.count,
        time_zone: directory.time_zone(branch),
    };
    Strategy::parse(&command.strategy, command.shift_window_min)?;
    let series = recurrence::Series::parse(&request)?;
    let today = TimeZone::get(request.time_zone).map(|zone| command.context.now.to_zoned(zone).date());
    if today.is_ok_and(|today| command.start_date.trim().parse::<jiff::civil::Date>().is_ok_and(|date| date < today)) {
        return Err(FieldError::new("start_date", "lies in the past").into());
    }
    let ends_on = command.end_date.trim().parse().ok();
    Ok(Wanted { occurrences: series.expand()?, pattern: series.pattern().to_string(), ends_on })
}

fn offers(plan: &PlanSeriesResponse) -> Vec<Offer> {
    plan.planned.iter().filter_map(|start| start.offer.clone()).collect()
}

/// Returns one appointment per offer. All of them share one code: the caller keeps one.
fn wishes(command: &BookSeries, plan: &PlanSeriesResponse, id: SeriesId, request: Uuid) -> Result<Vec<NewAppointment>> {
    let code = Code::from_random(rand::random()).as_str().to_owned();
    let book = Book {
        context: command.context.clone(),
        target: Target::Offered(String::new()),
        person: command.person.clone(),
        notes: command.notes.clone(),
        any_staff: false,
    };
    let one = |(offer, position): (&Offer, u32)| {
        let wish = wish(&book, offer, request)?;
        Ok(NewAppointment { series: Some(id), position, confirmation_code: code.clone(), ..wish })
    };
    let numbered = plan.planned.iter().zip(0..);
    numbered.filter_map(|(planned, number)| Some((planned.offer.as_ref()?, number))).map(one).collect()
}

fn code_of(wishes: &[NewAppointment]) -> String {
    wishes.first().map(|wish| wish.confirmation_code.clone()).unwrap_or_default()
}
