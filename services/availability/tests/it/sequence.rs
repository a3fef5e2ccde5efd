//! Several services in one visit.

use callflow_contract::availability::v1::{
    NoSlotReason as Reason, SearchSequencesRequest, SearchSequencesResponse, SearchSlotsRequest, Sequence,
};
use tonic::Code;

use crate::{
    fixture::{TestAvailability, counted, search, sequence},
    salon::{self, clock},
};

impl TestAvailability {
    async fn sequences(&self, request: SearchSequencesRequest) -> SearchSequencesResponse {
        self.client.clone().search_sequences(request).await.unwrap().into_inner()
    }
}

fn shown(sequence: &Sequence) -> Vec<(String, &str, &str)> {
    let part = |part: &'_ callflow_contract::availability::v1::Offer| clock(part.start.as_ref());
    sequence.parts.iter().map(|one| (part(one), one.service_name.as_str(), one.staff_name.as_str())).collect()
}

#[tokio::test]
async fn services_follow_each_other_with_the_gap_of_pair_company_or_request() {
    let service = TestAvailability::start().await;
    let found = service.sequences(sequence(&["farbe", "schnitt"])).await;
    // From colouring to cutting there is no gap, and Sofia can do both.
    let expected = [("01 09:00".to_owned(), "Farbe", "Sofia"), ("01 10:30".to_owned(), "Schnitt", "Sofia")];
    assert_eq!(shown(&found.sequences[0]), expected);
    assert_eq!((found.sequences[0].staff_count, found.sequences.len()), (1, 3));
    assert_eq!(found.sequences[0].parts[0].room_id, salon::id().room("farbplatz").to_string());
    assert_eq!(found.sequences[0].parts[1].room_id, "");

    let company = service.sequences(sequence(&["schnitt", "kur"])).await;
    assert_eq!(clock(company.sequences[0].parts[1].start.as_ref()), "01 09:45");
    let own = SearchSequencesRequest { gap_min: Some(0), ..sequence(&["schnitt", "kur"]) };
    assert_eq!(clock(service.sequences(own).await.sequences[0].parts[1].start.as_ref()), "01 09:30");
    let odd = SearchSequencesRequest { gap_min: Some(3), ..sequence(&["pony", "schnitt"]) };
    assert_eq!(clock(service.sequences(odd).await.sequences[0].parts[1].start.as_ref()), "01 09:10");
    service.stop().await;
}

#[tokio::test]
async fn people_can_be_named_for_each_service_and_one_can_be_required_for_all() {
    let service = TestAvailability::start().await;
    let emre = salon::id().staff("emre").to_string();
    let named = SearchSequencesRequest { staff_ids: vec![String::new(), emre], ..sequence(&["farbe", "schnitt"]) };
    let found = service.sequences(named.clone()).await;
    assert_eq!(shown(&found.sequences[0]).iter().map(|part| part.2).collect::<Vec<_>>(), ["Sofia", "Emre"]);
    assert_eq!(found.sequences[0].staff_count, 2);
    let together = service.sequences(SearchSequencesRequest { same_staff: true, ..named }).await;
    assert_eq!((together.sequences.len(), together.reason()), (0, Reason::NoSkilledStaff));
    // Sofia's morning is gone: earlier with two people, or in the afternoon with one.
    service.book("sofia", "01 10:30", 90).await;
    service.book("emre", "01 09:00", 90).await;
    service.client.clone().day_view(day("01")).await.unwrap();
    let either = SearchSequencesRequest { limit: 1, ..sequence(&["farbe", "schnitt"]) };
    let tuesday = SearchSequencesRequest { window: Some(salon::range("02 00:00", "02 23:59")), ..either.clone() };
    assert_eq!(service.sequences(tuesday).await.sequences[0].staff_count, 1);
    service.stop().await;
}

fn day(day: &str) -> callflow_contract::availability::v1::DayViewRequest {
    callflow_contract::availability::v1::DayViewRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        date: format!("2027-03-{day}"),
    }
}

#[tokio::test]
async fn in_any_order_more_fits() {
    let service = TestAvailability::start().await;
    // On Wednesday 3 March everyone but Lea is taken from ten, and she has eleven to twelve.
    service.book("sofia", "03 10:00", 480).await;
    service.book("emre", "03 09:00", 540).await;
    service.book("lea", "03 09:00", 60).await;
    let window = Some(salon::range("03 00:00", "03 23:59"));
    let given = SearchSequencesRequest { window, ..sequence(&["kosmetik", "schnitt"]) };
    let none = service.sequences(given.clone()).await;
    assert_eq!((none.sequences.len(), none.reason()), (0, Reason::FullyBooked));
    let turned = service.sequences(SearchSequencesRequest { any_order: true, ..given }).await;
    let shown = shown(&turned.sequences[0]);
    assert_eq!(shown.iter().map(|part| part.1).collect::<Vec<_>>(), ["Schnitt", "Kosmetik"], "{shown:?}");
    service.stop().await;
}

#[tokio::test]
async fn the_best_sequence_is_held_as_a_whole() {
    let service = TestAvailability::start().await;
    let mine = SearchSequencesRequest { owner: "call_a".into(), hold: true, ..sequence(&["farbe", "schnitt"]) };
    let found = service.sequences(mine.clone()).await;
    assert_eq!(found.hold_state, "held");
    assert!(found.sequences[0].parts.iter().all(|part| part.held_until.is_some()));
    assert!(found.sequences[1].parts.iter().all(|part| part.held_until.is_none()));
    // Another caller finds neither part free, nor the room.
    let sofia = SearchSlotsRequest {
        staff_id: salon::id().staff("sofia").to_string(),
        owner: "call_b".into(),
        ..search("schnitt", "01")
    };
    assert_eq!(clock(service.search(sofia).await.offers[0].start.as_ref()), "01 11:00");
    let theirs = SearchSequencesRequest { owner: "call_b".into(), ..mine.clone() };
    let other = service.sequences(theirs).await;
    assert_ne!(clock(other.sequences[0].parts[0].start.as_ref()), "01 09:00");
    // The same caller asking again keeps the very same.
    assert_eq!(shown(&service.sequences(mine).await.sequences[0]), shown(&found.sequences[0]));
    service.stop().await;
}

#[tokio::test]
async fn what_cannot_be_one_visit_is_refused_before_anything_is_read() {
    let service = TestAvailability::start().await;
    let refused = async |request: SearchSequencesRequest| {
        let status = service.client.clone().search_sequences(request).await.unwrap_err();
        (status.code(), status.message().to_owned())
    };
    let (code, text) = refused(sequence(&["kur", "farbe"])).await;
    assert_eq!(code, Code::InvalidArgument);
    assert!(text.contains("cannot be part of the same visit"), "{text}");
    for (request, accepted) in [
        (sequence(&["kur"]), "2 to 8"),
        (sequence(&["kur"; 9]), "2 to 8"),
        (SearchSequencesRequest { gap_min: Some(241), ..sequence(&["kur", "schnitt"]) }, "0 to 240"),
        (
            SearchSequencesRequest {
                window: Some(callflow_contract::convert::to_wire_range(
                    salon::now(),
                    salon::now() + jiff::SignedDuration::from_hours(24 * 32),
                )),
                ..sequence(&["kur", "schnitt"])
            },
            "31 days",
        ),
    ] {
        let (code, text) = refused(request).await;
        assert_eq!(code, Code::InvalidArgument, "{text}");
        assert!(text.contains(accepted), "{text}");
    }
    let unknown = SearchSequencesRequest { branch_id: uuid::Uuid::now_v7().to_string(), ..sequence(&["kur", "pony"]) };
    assert_eq!(refused(unknown).await.0, Code::NotFound);
    assert_eq!(counted("availability_day_reads_total"), 0);
    service.stop().await;
}
