//! Functions in the middle of a call: signed, over HTTP, through ingress, availability, booking and Postgres.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use callflow_contract::{
    availability::v1::{SearchSlotsRequest, availability_client::AvailabilityClient},
    common::v1::TimeRange,
    resolver::v1::{GetBranchRequest, GetBranchResponse, resolver_client::ResolverClient},
};
use callflow_domain::id::CompanyId;
use callflow_retell::signature::{HEADER, Key, sign};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{figure::Figure, pace::pace, world::World};

/// Requests per second.
const RATE: u64 = 200;
const LASTING: Duration = Duration::from_secs(10);
/// Calls that search at the same time; each holds what it was offered last.
const CALLS: u64 = 50;

/// Signs and sends function requests of the demo company.
#[derive(Clone)]
pub(crate) struct Agent {
    client: reqwest::Client,
    key: Arc<Key>,
    url: String,
    branch: String,
}

impl Agent {
    pub(crate) async fn of(world: &World) -> anyhow::Result<(Self, GetBranchResponse)> {
        let company = world.endpoints().await?.companies.get("haarwerk").context("the demo company is there")?.clone();
        let mut resolver = ResolverClient::connect(world.grpc("resolver").await?).await?;
        let request = GetBranchRequest { company: "haarwerk".into(), branch: "berlin-mitte".into() };
        let site = resolver.get_branch(request).await?.into_inner();
        let branch = site.branch.as_ref().context("the branch is there")?.branch_id.clone();
        let key = Arc::new(Key::new(&company.signing_key)?);
        Ok((Self { client: reqwest::Client::new(), key, url: company.functions, branch }, site))
    }

    /// Calls a function and returns its answer.
    pub(crate) async fn ask(&self, call: &str, from: &str, name: &str, args: Value) -> anyhow::Result<Value> {
        let tool = json!({ "role": "tool_call_invocation", "name": name, "arguments": "{}", "tool_call_id": format!("tool_{}", Uuid::new_v4().simple()) });
        let body = json!({ "name": name, "args": args, "call": {
            "call_id": call, "call_type": "phone_call", "call_status": "ongoing", "from_number": from, "to_number": "+493023125100",
            "metadata": { "company": "haarwerk", "branch_id": self.branch, "language": "de" }, "transcript_with_tool_calls": [tool],
        }});
        let bytes = body.to_string().into_bytes();
        let signed = sign(&self.key, &bytes, Timestamp::now());
        let response = self.client.post(&self.url).header(HEADER, signed).body(bytes).send().await?;
        ensure!(response.status().is_success(), "status {}", response.status());
        Ok(response.json().await?)
    }

    /// Searches the next two weeks, as one of the calls that are under way.
    pub(crate) async fn search(&self, number: u64) -> anyhow::Result<()> {
        let day = |days: i64| {
            Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().saturating_add(jiff::Span::new().days(days))
        };
        let args =
            json!({ "service": "Herrenhaarschnitt", "date": day(2).to_string(), "date_to": day(14).to_string() });
        let call = format!("call_bench_{}", number % CALLS);
        let told = self.ask(&call, "+491713920017", "check_availability", args).await?;
        ensure!(told["ok"] == true, "{told}");
        Ok(())
    }
}

/// Returns the latencies of reading and of booking at 200 requests a second.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let (agent, site) = Agent::of(world).await?;
    let searching = agent.clone();
    let search = move |number| {
        let agent = searching.clone();
        async move { agent.search(number).await }
    };
    pace(RATE, Duration::from_secs(2), search.clone()).await?;
    let read = pace(RATE, LASTING, search).await?;

    let slots = Arc::new(slots(world, &site).await?);
    let warm = usize::try_from(RATE * 2)?;
    ensure!(slots.len() > warm + usize::try_from(RATE * LASTING.as_secs())?, "only {} times are free", slots.len());
    let book = move |offset: usize| {
        let (agent, slots) = (agent.clone(), Arc::clone(&slots));
        move |number: u64| {
            let (agent, slot) = (agent.clone(), usize::try_from(number).map(|number| slots[offset + number].clone()));
            async move {
                let args = json!({ "slot_id": slot?, "customer_name": "Erika Muster" });
                let call = format!("call_{}", Uuid::new_v4().simple());
                let told = agent.ask(&call, &format!("+49171392{number:05}"), "book_appointment", args).await?;
                ensure!(told["result"] == "booked", "{told}");
                Ok(())
            }
        }
    };
    pace(RATE, Duration::from_secs(2), book(0)).await?;
    let write = pace(RATE, LASTING, book(warm)).await?;
    Ok(vec![
        Figure::known("function.read_p50_ms_at_200", read.p50_ms),
        Figure::under("function.read_p99_ms_at_200", read.p99_ms, 60.0),
        Figure::known("function.write_p50_ms_at_200", write.p50_ms),
        Figure::under("function.write_p99_ms_at_200", write.p99_ms, 120.0),
    ])
}

/// Returns free times that do not overlap, over all of the staff and the weeks that can be booked.
async fn slots(world: &World, site: &GetBranchResponse) -> anyhow::Result<Vec<String>> {
    let mut availability = AvailabilityClient::connect(world.grpc("availability").await?).await?;
    let service = site.services.iter().find(|one| one.slug == "herrenhaarschnitt").context("the service is there")?;
    let mut found = Vec::new();
    for member in &site.staff {
        let mut free_from: HashMap<String, i64> = HashMap::new();
        for day in 3..88 {
            let start = Timestamp::now().as_second() + day * 86_400;
            let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
            let request = SearchSlotsRequest {
                company_id: CompanyId::from_slug("haarwerk").to_string(),
                branch_id: site.branch.as_ref().map(|branch| branch.branch_id.clone()).unwrap_or_default(),
                service_id: service.service_id.clone(),
                staff_id: member.staff_id.clone(),
                window: Some(TimeRange { start: at(start), end: at(start + 86_400) }),
                limit: 20,
                ..SearchSlotsRequest::default()
            };
            let mut offers = availability.search_slots(request).await?.into_inner().offers;
            offers.sort_by_key(|offer| offer.start.map(|start| start.seconds));
            for offer in offers {
                let start = offer.start.context("an offer has a start")?.seconds;
                let free = free_from.entry(offer.staff_id.clone()).or_default();
                if start >= *free {
                    *free = start + 1_800;
                    found.push(offer.slot_id);
                }
            }
        }
    }
    Ok(found)
}
