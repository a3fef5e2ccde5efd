//! Commits between the reading and the storing of a day, with two instances of the service.

use std::time::Duration;

use callflow_availability::{
    app::{
        App,
        search::{Query, When},
    },
    deps::Deps,
};
use callflow_contract::{
    availability::v1::{ConfirmRequest, SearchSlotsRequest, SearchSlotsResponse},
    event::v1::AppointmentBooked,
};
use callflow_domain::schedule::Span;
use callflow_queue::topology::key;
use callflow_runtime::Secret;
use callflow_testkit::{Fault, FaultProxy, wait_for};
use sea_orm::sqlx::{Connection as _, PgConnection, query_scalar};

use crate::{
    change::told,
    fixture::{TestAvailability, counted, search, segment},
    salon::{self, at, clock},
};

/// When the database last finished a query for days.
async fn last_answered(url: &str) -> String {
    let mut database = PgConnection::connect(url).await.unwrap();
    let sql = "SELECT COALESCE(max(state_change)::text, '') FROM pg_stat_activity WHERE datname = current_database() \
               AND application_name = 'callflow-availability' AND state = 'idle' AND query LIKE '%to_jsonb(company)%'";
    query_scalar(sql).fetch_one(&mut database).await.unwrap()
}

fn wish(day: &str) -> Query {
    Query {
        company: salon::id(),
        branch: Some(salon::id().branch("mitte")),
        service: Some(salon::id().service("schnitt")),
        only: vec![salon::id().staff("sofia")],
        without: Vec::new(),
        when: When::Within(Span::around(at(&format!("{day} 00:00")), at(&format!("{day} 23:59")))),
        times: None,
        limit: 200,
        duration_min: None,
        language: None,
        preferred: None,
        owner: None,
        hold: false,
        all_starts: false,
        other_branches: false,
        now: salon::now(),
    }
}

fn offered(found: &SearchSlotsResponse) -> Vec<String> {
    found.offers.iter().map(|offer| clock(offer.start.as_ref())).collect()
}

/// Books, marks and tells, as the booking service does; returns when the event has been heard.
async fn book(service: &TestAvailability, from: &str) {
    service.book("sofia", from, 30).await;
    let confirm = ConfirmRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        owner: "call_a".into(),
        segments: vec![segment(salon::id().staff("sofia"), at(from), 30)],
        ..ConfirmRequest::default()
    };
    service.client.clone().confirm(confirm).await.unwrap();
    let heard = counted("availability_invalidations_total");
    let booked = AppointmentBooked { appointments: vec![told(from, 30)], ..AppointmentBooked::default() };
    service.tell(key::APPOINTMENT_BOOKED, &booked).await;
    wait_for("the event to be heard", Duration::from_secs(20), async || {
        let now = counted("availability_invalidations_total");
        if now > heard { Ok(()) } else { Err(now) }
    })
    .await;
}

#[tokio::test]
async fn a_commit_between_read_and_write_of_a_day_is_never_offered() {
    let service = TestAvailability::start().await;
    let (link, url) = FaultProxy::before(service.config.database.url.expose()).await;
    let mut config = service.config.clone();
    config.database.url = Secret::new(url);
    // One connection, so that the statement is prepared when it counts.
    (config.database.min_connections, config.database.max_connections) = (1, 1);
    config.database.statement_timeout_ms = 20_000;
    let other = App::new(Deps::build(&config).await.unwrap());
    Box::pin(other.search(&wish("04"))).await.unwrap();

    for from in ["02 09:00", "02 09:30", "02 10:00"] {
        let before = last_answered(&service.database.admin_url()).await;
        link.set(Fault::HoldReplies);
        let (app, query) = (other.clone(), wish("02"));
        let early = tokio::spawn(async move { Box::pin(app.search(&query)).await });
        wait_for("the day to be read", Duration::from_secs(20), async || {
            let now = last_answered(&service.database.admin_url()).await;
            if now == before { Err(now) } else { Ok(()) }
        })
        .await;
        // The rows are on their way to the other instance; now the time is booked.
        book(&service, from).await;
        link.set(Fault::None);
        let early = early.await.unwrap().unwrap();
        assert!(!offered(&early).contains(&from.to_owned()), "read before the commit: {:?}", offered(&early));
        let later = Box::pin(other.search(&wish("02"))).await.unwrap();
        assert!(!offered(&later).contains(&from.to_owned()), "stored after the commit: {:?}", offered(&later));
        let request = SearchSlotsRequest {
            staff_id: salon::id().staff("sofia").to_string(),
            limit: 200,
            ..search("schnitt", "02")
        };
        let beside = offered(&service.search(request).await);
        assert!(!beside.contains(&from.to_owned()) && !beside.is_empty(), "{beside:?}");
        // Cold again for the next round.
        let booked = AppointmentBooked { appointments: vec![told("02 17:00", 30)], ..AppointmentBooked::default() };
        let heard = counted("availability_invalidations_total");
        service.tell(key::APPOINTMENT_BOOKED, &booked).await;
        wait_for("the day to be forgotten", Duration::from_secs(20), async || {
            let now = counted("availability_invalidations_total");
            if now > heard { Ok(()) } else { Err(now) }
        })
        .await;
    }
    service.stop().await;
}
