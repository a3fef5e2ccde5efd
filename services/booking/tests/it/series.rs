//! Series: every strategy, what is told of each occurrence, cancelling and moving parts of one.

use callflow_contract::{
    booking::v1::{
        CancelRequest, CancelSeriesFromRequest, Identity, Outcome, RescheduleRequest, SeriesRequest, SeriesResponse,
    },
    convert::{from_wire_time, to_wire_time},
    event::v1::SeriesBooked,
    schema::open,
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    salon::{at, before, branch, holiday, monday, service, staff},
    shop::{Shop, ayse, fresh, haircut, operator, person},
};

/// A series of haircuts with Sofia at ten, from the first Monday on.
pub(crate) fn weekly(key: &str, pattern: &str, count: u32) -> SeriesRequest {
    SeriesRequest {
        context: Some(operator(key)),
        branch_id: branch("mitte").to_string(),
        service_id: service("schnitt").to_string(),
        staff_id: staff("sofia").to_string(),
        pattern: pattern.into(),
        start_date: monday().to_string(),
        time: "10:00".into(),
        count,
        person: Some(person()),
        ..SeriesRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_is_booked_by_its_strategy() {
    let shop = Shop::open().await;
    // Sofia is taken on the second Monday, everybody in the branch on the third.
    shop.book(haircut(operator(&fresh()), at(7, "10:00"))).await;
    for who in ["sofia", "emre", "ada"] {
        let mut rival = haircut(operator(&fresh()), at(14, "10:00"));
        rival.staff_id = staff(who).to_string();
        assert_eq!(shop.book(rival).await.outcome(), Outcome::Booked);
    }
    let taken = shop.active().await;
    for (strategy, states, reasons, outcome) in [
        ("fail", "booked,conflict,conflict,booked", ",taken,taken,", Outcome::Taken),
        ("skip", "booked,skipped,skipped,booked", ",taken,taken,", Outcome::Booked),
        ("shift", "booked,shifted,shifted,booked", ",taken,taken,", Outcome::Booked),
        ("other_staff", "booked,other_staff,conflict,booked", ",taken,taken,", Outcome::Taken),
        ("other_branch", "booked,other_branch,other_branch,booked", ",taken,taken,", Outcome::Booked),
        ("other_staff,skip", "booked,other_staff,skipped,booked", ",taken,taken,", Outcome::Booked),
    ] {
        let request = || SeriesRequest { strategy: strategy.into(), ..weekly(&fresh(), "weekly:mo", 4) };
        let preview = shop.booking.clone().preview_series(request()).await.unwrap().into_inner();
        assert_eq!(shop.active().await, taken, "a preview writes nothing");
        assert_eq!(words(&preview), (states.replace("booked", "free"), reasons.to_owned()), "{strategy}");
        let answer = shop.booking.clone().book_series(request()).await.unwrap().into_inner();
        assert_eq!(answer.outcome(), outcome, "{strategy}: {}", answer.detail);
        let is_booked = outcome == Outcome::Booked;
        let expected = if is_booked { states.to_owned() } else { states.replace("booked", "free") };
        assert_eq!(words(&answer), (expected, reasons.to_owned()), "{strategy}");
        let times = |answer: &SeriesResponse| -> Vec<_> {
            answer
                .occurrences
                .iter()
                .map(|one| one.appointment.as_ref().map(|one| (one.start, one.staff_id.clone())))
                .collect()
        };
        assert_eq!(times(&preview), times(&answer), "{strategy}: what was shown is what is booked");
        if is_booked {
            whole(&shop, &answer).await;
            cancel_all(&shop, &answer).await;
        }
        assert_eq!(shop.active().await, taken, "{strategy}: half a series");
    }
    shop.close().await;
}

fn words(answer: &SeriesResponse) -> (String, String) {
    let of = |text: fn(&callflow_contract::booking::v1::Occurrence) -> &str| {
        answer.occurrences.iter().map(text).collect::<Vec<_>>().join(",")
    };
    (of(|one| &one.state), of(|one| &one.reason))
}

/// Rows, event and answer tell of the same series.
async fn whole(shop: &Shop, answer: &SeriesResponse) {
    let (id, booked) = (&answer.series_id, answer.booked);
    let rows = format!(
        "SELECT (SELECT count(*) FROM booking.appointment WHERE series_id = '{id}' AND status = 'active'),
            (SELECT count(*) FROM booking.series_occurrence WHERE series_id = '{id}'),
            (SELECT count(*) FROM booking.series_occurrence o JOIN booking.appointment a ON a.id = o.appointment_id
                AND a.position = o.position AND a.series_id = o.series_id WHERE o.series_id = '{id}')"
    );
    assert_eq!(shop.sql(&rows).await, format!("{booked}|4|{booked}"));
    let events = shop.heard("SeriesBooked", 1).await;
    let events: Vec<SeriesBooked> = events.iter().map(|event| open(event).unwrap()).collect();
    let ours = callflow_testkit::wait_for("its event", crate::shop::PATIENCE, async || {
        let all = shop.all_heard();
        let found =
            all.iter().filter_map(|event| open::<SeriesBooked>(event).ok()).find(|event| &event.series_id == id);
        found.ok_or(events.len())
    })
    .await;
    let told: Vec<_> = answer.occurrences.iter().filter_map(|one| one.appointment.clone()).collect();
    assert_eq!((ours.appointments, ours.skipped), (told, 4 - booked));
}

async fn cancel_all(shop: &Shop, answer: &SeriesResponse) {
    let cancel = CancelRequest {
        context: Some(operator(&fresh())),
        appointment: answer.occurrences[0].appointment.as_ref().unwrap().appointment_id.clone(),
        identity: ayse(),
        whole_series: true,
        ..CancelRequest::default()
    };
    let cancelled = shop.booking.clone().cancel(cancel).await.unwrap().into_inner();
    assert_eq!(cancelled.appointments.len(), usize::try_from(answer.booked).unwrap());
    let status = format!("SELECT status FROM booking.series WHERE id = '{}'", answer.series_id);
    assert_eq!(shop.sql(&status).await, "cancelled");
    shop.forget_days().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_keeps_its_clock_and_can_be_cut_and_moved() {
    let shop = Shop::open().await;
    let answer = shop.booking.clone().book_series(weekly("long", "weekly:mo", 52)).await.unwrap().into_inner();
    assert_eq!((answer.outcome(), answer.booked), (Outcome::Booked, 52), "{}", answer.detail);
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let start = |wire: &prost_types::Timestamp| from_wire_time("start", wire).unwrap();
    let all: Vec<_> = answer.occurrences.iter().map(|one| one.appointment.clone().unwrap()).collect();
    let mut offsets = std::collections::BTreeSet::new();
    for one in &all {
        let local = start(&one.start.unwrap()).to_zoned(zone.clone());
        assert_eq!(local.strftime("%H:%M %a").to_string(), "10:00 Mon");
        assert_eq!(one.confirmation_code, all[0].confirmation_code);
        offsets.insert(local.offset());
    }
    assert_eq!(offsets.len(), 2, "a year has winter and summer");
    let repeat = shop.booking.clone().book_series(weekly("long", "weekly:mo", 52)).await.unwrap().into_inner();
    assert_eq!((repeat.outcome(), &repeat.series_id), (Outcome::Replayed, &answer.series_id));
    let other = shop.booking.clone().book_series(weekly("long", "weekly:tu", 52)).await.unwrap_err();
    assert_eq!(other.code(), tonic::Code::FailedPrecondition);

    // One is moved and stays in the series.
    let moved = RescheduleRequest {
        context: Some(operator(&fresh())),
        appointment: all[3].appointment_id.clone(),
        identity: ayse(),
        start: Some(to_wire_time(at(22, "14:00"))),
        ..RescheduleRequest::default()
    };
    let moved = shop.booking.clone().reschedule(moved).await.unwrap().into_inner();
    assert_eq!((moved.outcome(), &moved.appointments[0].series_id), (Outcome::Rescheduled, &answer.series_id));
    let occurrence = format!(
        "SELECT outcome, appointment_id FROM booking.series_occurrence WHERE series_id = '{}' AND position = 3",
        answer.series_id
    );
    assert_eq!(shop.sql(&occurrence).await, format!("rescheduled|{}", moved.appointments[0].appointment_id));

    // One is cancelled, the others stay; then everything from the eleventh on, by its time.
    let active = async || shop.active().await;
    let one = CancelRequest {
        context: Some(operator(&fresh())),
        appointment: all[5].appointment_id.clone(),
        identity: ayse(),
        ..CancelRequest::default()
    };
    assert_eq!(shop.booking.clone().cancel(one).await.unwrap().into_inner().appointments.len(), 1);
    assert_eq!(active().await, 51);
    let cut = |appointment: &str, from: Option<Timestamp>, identity| CancelSeriesFromRequest {
        context: Some(operator(&fresh())),
        series_id: answer.series_id.clone(),
        appointment: appointment.into(),
        from: from.map(to_wire_time),
        identity,
        ..CancelSeriesFromRequest::default()
    };
    let stranger = Some(Identity { phone: "+491713920018".into(), ..Identity::default() });
    let from = before(start(&all[10].start.unwrap()), 5);
    let denied = shop.booking.clone().cancel_series_from(cut("", Some(from), stranger)).await.unwrap().into_inner();
    assert_eq!((denied.outcome(), active().await), (Outcome::NotIdentified, 51));
    let done = shop.booking.clone().cancel_series_from(cut("", Some(from), ayse())).await.unwrap().into_inner();
    assert_eq!((done.outcome(), done.appointments.len(), active().await), (Outcome::Cancelled, 42, 9));
    let done = shop.booking.clone().cancel_series_from(cut(&all[7].appointment_id, None, ayse())).await;
    assert_eq!((done.unwrap().into_inner().appointments.len(), active().await), (3, 6));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_respects_holidays_and_rival_series_do_not_mix() {
    let shop = Shop::open().await;
    let wednesdays = SeriesRequest { strategy: "skip".into(), ..weekly(&fresh(), "weekly:we", 5) };
    let answer = shop.booking.clone().book_series(wednesdays).await.unwrap().into_inner();
    let skipped: Vec<_> = answer.occurrences.iter().filter(|one| one.state == "skipped").collect();
    assert_eq!((answer.booked, skipped.len()), (4, 1));
    assert_eq!(skipped[0].reason, "holiday");
    let date = from_wire_time("planned", skipped[0].planned.as_ref().unwrap()).unwrap();
    assert_eq!(date.to_zoned(TimeZone::get("Europe/Berlin").unwrap()).date(), holiday());

    // Ten callers want the same eight Tuesdays with the same person: one has them all, nobody has some.
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let mut booking = shop.booking.clone();
        all.spawn(async move { booking.book_series(weekly(&fresh(), "weekly:tu", 8)).await.unwrap().into_inner() });
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|one| one.outcome() == Outcome::Booked).count(), 1);
    assert!(answers.iter().all(|one| matches!(one.outcome(), Outcome::Booked | Outcome::Taken)));
    let sizes = "SELECT series_id, count(*) FROM booking.appointment WHERE status = 'active' GROUP BY 1 HAVING count(*) NOT IN (4, 8)";
    assert_eq!(shop.sql(sizes).await, "");
    assert_eq!(shop.active().await, 12);
    shop.close().await;
}
