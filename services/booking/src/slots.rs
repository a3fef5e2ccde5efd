//! What booking asks of the availability service.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use callflow_contract::{
    availability::v1::{
        Alternative, ConfirmRequest, FindAlternativesRequest, FreeRequest, Offer, PlanSeriesRequest,
        PlanSeriesResponse, ReleaseRequest, SearchSequencesRequest, SearchSequencesResponse, SearchSlotsRequest,
        SearchSlotsResponse, Segment, availability_client::AvailabilityClient,
    },
    convert::{to_wire_range, to_wire_time},
};
use callflow_domain::id::BranchId;
use callflow_rpc::{Channel, idempotent};
use callflow_store::appointment::Appointment;
use jiff::Timestamp;
use tokio::sync::RwLock;
use tonic::Request;

use crate::{
    app::Result,
    command::{Context, Target},
    error::Error,
    event,
};

/// Longest wait for a question whose answer nobody hears (giving back a hold).
const NICE_TO_HAVE: Duration = Duration::from_millis(500);
/// Who has what is booked without holding it first.
const NOBODY: &str = "operator";
/// Segments that availability takes in one question.
pub const SEGMENTS: usize = 32;
/// What is kept of the caller's patience when alternatives are looked for: without them the caller hears a bare no, but without
/// this much time not even that.
const LAST_WORD: Duration = Duration::from_millis(300);

/// The availability service, as booking sees it; clones share the connection.
#[derive(Debug, Clone)]
pub struct Slots {
    client: AvailabilityClient<Channel>,
    /// Read by whoever marks a time as taken, so that whoever frees one can wait until what came before is said.
    marking: Arc<RwLock<()>>,
}

/// Returns a request that ends when `left` does; tonic sends it along as `grpc-timeout`.
fn within<T>(message: T, left: Duration) -> Request<T> {
    // Every question to availability may be repeated: holds are renewed, confirms and releases do nothing twice.
    let mut request = idempotent(message);
    request.set_timeout(left);
    request
}

fn failed(doing: &'static str) -> impl FnOnce(tonic::Status) -> Error {
    move |source| Error::Availability { doing, source: Box::new(source) }
}

impl Slots {
    /// Asks over this channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { client: AvailabilityClient::new(channel), marking: Arc::default() }
    }

    /// Asks whether the target is bookable by this owner now, and holds it for them.
    pub async fn check(&self, context: &Context, target: &Target) -> Result<SearchSlotsResponse> {
        let request = SearchSlotsRequest { hold: !context.owner.is_empty(), ..wanted(context, target) };
        let answer = self.client.clone().search_slots(within(request, context.time_left())).await;
        Ok(answer.map_err(failed("check a slot"))?.into_inner())
    }

    /// Asks whether the target is bookable once what these segments take is free. Nothing is held: a time that is still taken cannot be.
    pub async fn check_freed(
        &self,
        context: &Context,
        target: &Target,
        freed: Vec<Segment>,
    ) -> Result<SearchSlotsResponse> {
        let request = SearchSlotsRequest { freed, ..wanted(context, target) };
        let answer = self.client.clone().search_slots(within(request, context.time_left())).await;
        Ok(answer.map_err(failed("check a slot"))?.into_inner())
    }

    /// Asks what comes closest; an answer without alternatives is better than none, so failures are empty.
    pub async fn alternatives(&self, context: &Context, target: &Target, start: Timestamp) -> Vec<Alternative> {
        let request = FindAlternativesRequest {
            wanted: Some(SearchSlotsRequest { hold: !context.owner.is_empty(), ..wanted(context, target) }),
            start: Some(to_wire_time(start)),
            limit: 3,
            without_staff_ids: Vec::new(),
        };
        let left = context.time_left().saturating_sub(LAST_WORD);
        let answer = self.client.clone().find_alternatives(within(request, left)).await;
        answer.map(|answer| answer.into_inner().alternatives).unwrap_or_default()
    }

    /// Searches sequences; holds the best when the owner is known.
    pub async fn sequences(
        &self,
        context: &Context,
        request: SearchSequencesRequest,
    ) -> Result<SearchSequencesResponse> {
        let answer = self.client.clone().search_sequences(within(request, context.time_left())).await;
        Ok(answer.map_err(failed("search sequences"))?.into_inner())
    }

    /// Asks where each occurrence of a series would end up.
    pub async fn plan(&self, context: &Context, request: PlanSeriesRequest) -> Result<PlanSeriesResponse> {
        let answer = self.client.clone().plan_series(within(request, context.time_left())).await;
        Ok(answer.map_err(failed("plan a series"))?.into_inner())
    }

    /// Marks as taken what was just booked, in the background: the booking stands without. The owner's holds on it become the
    /// marker; whoever books without holding is marked, too, because others search until the event is heard.
    pub fn confirm_later(&self, context: &Context, branch_id: String, hold_id: String, segments: Vec<Segment>) {
        let owner = if context.owner.is_empty() { NOBODY.to_owned() } else { context.owner.clone() };
        let request = ConfirmRequest { company_id: context.company.to_string(), branch_id, owner, hold_id, segments };
        let (mut client, marking) = (self.client.clone(), Arc::clone(&self.marking));
        let begun = marking.clone().try_read_owned();
        tokio::spawn(async move {
            let _said_before_it_is_freed = match begun {
                Ok(begun) => begun,
                Err(_) => marking.read_owned().await,
            };
            if let Err(status) = client.confirm(within(request, NICE_TO_HAVE)).await {
                tracing::warn!(code = ?status.code(), "a hold was not confirmed; it expires by itself");
            }
        });
    }

    /// Says that the time of these appointments is free again, so that whoever hears of their end and asks for that time gets it.
    ///
    /// What cannot be said now is said by the event.
    pub async fn free(&self, context: &Context, ended: &[Appointment]) {
        let mut branches: BTreeMap<BranchId, Vec<Segment>> = BTreeMap::new();
        for one in ended {
            branches.entry(one.branch).or_default().extend(event::blocked(one));
        }
        let left = context.time_left().min(NICE_TO_HAVE);
        // A mark of the booking that is ending now must not arrive after this.
        drop(tokio::time::timeout(left, self.marking.write()).await);
        let said = branches.iter().flat_map(|(branch, all)| all.chunks(SEGMENTS).map(move |some| (branch, some)));
        let said = said.map(|(branch, some)| {
            let request = FreeRequest {
                company_id: context.company.to_string(),
                branch_id: branch.to_string(),
                segments: some.to_vec(),
            };
            let mut client = self.client.clone();
            async move {
                if let Err(status) = client.free(within(request, left)).await {
                    tracing::warn!(code = ?status.code(), "a freed time looks taken until the event is heard");
                }
            }
        });
        futures::future::join_all(said).await;
    }

    /// Gives back what the owner holds here, in the background: what is not given back expires.
    pub fn release_later(&self, context: &Context, branch_id: String, hold_id: String) {
        if context.owner.is_empty() {
            return;
        }
        let request = ReleaseRequest {
            company_id: context.company.to_string(),
            branch_id,
            owner: context.owner.clone(),
            hold_id,
        };
        let mut client = self.client.clone();
        tokio::spawn(async move {
            let _ = client.release(within(request, NICE_TO_HAVE)).await;
        });
    }
}

fn wanted(context: &Context, target: &Target) -> SearchSlotsRequest {
    let base = SearchSlotsRequest {
        company_id: context.company.to_string(),
        owner: context.owner.clone(),
        now: Some(to_wire_time(context.now)),
        limit: 1,
        ..SearchSlotsRequest::default()
    };
    match target {
        Target::Offered(slot_id) => SearchSlotsRequest { slot_id: slot_id.clone(), ..base },
        Target::Parts { branch, service, staff, start } => SearchSlotsRequest {
            branch_id: branch.to_string(),
            service_id: service.to_string(),
            staff_id: staff.map(|staff| staff.to_string()).unwrap_or_default(),
            window: Some(to_wire_range(*start, *start + Duration::from_secs(60))),
            ..base
        },
    }
}

/// Returns the segments an offer blocks: its staff member and, if it has one, its room.
#[must_use]
pub fn segments(offer: &Offer) -> Vec<Segment> {
    let on = |(resource, room): (&String, bool)| Segment { resource_id: resource.clone(), range: offer.blocked, room };
    [(&offer.staff_id, false), (&offer.room_id, true)].into_iter().filter(|(id, _)| !id.is_empty()).map(on).collect()
}
