//! The same events end in the same record, in whatever order and however often they come.

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_507_954 + second).unwrap()
}

fn number(digits: &str) -> PhoneNumber {
    PhoneNumber::new(digits)
}

/// A call that rings, is answered, put through, cancelled, put through again, and ends.
fn events() -> Vec<CallFact> {
    let fact = |event: &str| CallFact { medium: Some(Medium::Phone), ..CallFact::new(Event::of(event)) };
    let said = |event: &str, text: &str| CallFact { transcript: Some(Transcript::new(text)), ..fact(event) };
    let put = |event: &str, to: &str| CallFact { transfer_destination: Some(number(to)), ..fact(event) };
    vec![
        CallFact { at: Some(at(-4)), from: Some(Caller::Known(number("+491713920017"))), ..fact("call_inbound") },
        CallFact { started_at: Some(at(0)), agent: Some("agent_a".to_owned()), ..fact("call_started") },
        CallFact { from: Some(Caller::Withheld), ..said("transcript_updated", "Agent: Guten Tag") },
        said("transcript_updated", "Agent: Guten Tag\nUser: Hallo"),
        put("transfer_started", "+4930111"),
        put("transfer_cancelled", "+4930111"),
        put("transfer_started", "+4930222"),
        put("transfer_bridged", "+4930222"),
        fact("transfer_ended"),
        fact("something_new"),
        CallFact { ended_at: Some(at(600)), disconnection_reason: Some("swept".to_owned()), ..fact("swept") },
        CallFact {
            started_at: Some(at(0)),
            ended_at: Some(at(31)),
            duration_ms: Some(30_889),
            disconnection_reason: Some("call_transfer".to_owned()),
            cost: Cost::from_cents(11.0),
            ..said("call_ended", "Agent: Guten Tag\nUser: Hallo\nAgent: Auf Wiederhören")
        },
        CallFact {
            cost: Cost::from_cents(12.5),
            analysis: Some(Analysis { successful: Some(true), ..Analysis::default() }),
            ..fact("call_analyzed")
        },
    ]
}

fn record_of<'a>(facts: impl IntoIterator<Item = &'a CallFact>) -> CallRecord {
    let mut record = CallRecord::default();
    facts.into_iter().for_each(|fact| record.merge(fact.clone()));
    record
}

#[test]
fn a_whole_call_says_what_happened() {
    let record = record_of(&events());
    assert_eq!(record.phase(), Phase::Analyzed);
    assert!(record.is_complete() && !record.is_transferring());
    assert_eq!(record.from(), Some(&Caller::Known(number("+491713920017"))));
    assert_eq!(record.agent(), Some("agent_a"));
    assert_eq!((record.started_at(), record.ended_at()), (Some(at(0)), Some(at(31))));
    assert_eq!(record.duration_ms(), Some(30_889));
    assert_eq!(record.disconnection_reason(), Some("call_transfer"));
    assert_eq!(record.cost().map(Cost::cents), Some(12.5));
    assert_eq!(record.transcript().map(|text| text.expose().lines().count()), Some(3));
    assert_eq!(record.analysis().and_then(|analysis| analysis.successful), Some(true));
    let transfers: Vec<_> = record.transfers().into_iter().map(|transfer| transfer.state).collect();
    assert_eq!(transfers, [TransferState::Cancelled, TransferState::Ended]);
    let order: Vec<_> = record.timeline().into_iter().map(|(event, _)| event.to_string()).collect();
    let expected = [
        "something_new",
        "inbound",
        "started",
        "transcript_updated",
        "transfer_started",
        "transfer_bridged",
        "transfer_cancelled",
        "transfer_ended",
        "swept",
        "ended",
        "analyzed",
    ];
    assert_eq!(order, expected);
}

#[test]
fn a_call_only_moves_forward() {
    let mut record = CallRecord::default();
    for (event, phase) in [
        ("call_ended", Phase::Ended),
        ("call_inbound", Phase::Ended),
        ("call_started", Phase::Ended),
        ("transfer_started", Phase::Ended),
        ("call_analyzed", Phase::Analyzed),
        ("call_ended", Phase::Analyzed),
        ("unheard_of", Phase::Analyzed),
    ] {
        record.merge(CallFact::new(Event::of(event)));
        assert_eq!(record.phase(), phase, "{event}");
    }
    assert_eq!(CallRecord::default().phase(), Phase::Ringing);
}

#[test]
fn a_call_that_was_never_connected_is_complete_without_a_start() {
    let ended =
        |reason: &str| CallFact { disconnection_reason: Some(reason.to_owned()), ..CallFact::new(Event::Ended) };
    let mut record = CallRecord::default();
    record.merge(ended("concurrency_limit_reached"));
    assert!(!record.is_complete());
    record.merge(CallFact::new(Event::Analyzed));
    assert!(record.is_complete());
    // One that was connected still misses its `call_started`.
    record.merge(CallFact { started_at: Some(at(0)), ..ended("user_hangup") });
    assert!(!record.is_complete());
}

#[test]
fn the_platforms_word_beats_the_sweepers_guess_in_either_order() {
    let swept = CallFact { ended_at: Some(at(7_200)), ..CallFact::new(Event::Swept) };
    let ended = CallFact { ended_at: Some(at(31)), ..CallFact::new(Event::Ended) };
    for order in [[&swept, &ended], [&ended, &swept]] {
        assert_eq!(record_of(order).ended_at(), Some(at(31)));
    }
    assert_eq!(record_of([&swept]).phase(), Phase::Ended);
}

#[test]
fn the_longest_transcript_of_a_running_call_stays() {
    let said = |text: &str| CallFact { transcript: Some(Transcript::new(text)), ..CallFact::new(Event::Transcript) };
    for order in [["b", "aaa", "aa"], ["aaa", "aa", "b"], ["aa", "b", "aaa"]] {
        let record = record_of(&order.map(said));
        assert_eq!(record.transcript().map(Transcript::expose), Some("aaa"));
    }
}

#[test]
fn a_transfer_in_progress_is_seen_and_its_end_too() {
    let step = |event: Event| CallFact { transfer_destination: Some(number("+4930222")), ..CallFact::new(event) };
    let started = record_of(&[CallFact::new(Event::Started), step(Event::TransferStarted)]);
    assert!(started.is_transferring() && started.phase() == Phase::Transferring);
    let cancelled = record_of(&[step(Event::TransferCancelled), step(Event::TransferStarted)]);
    assert!(!cancelled.is_transferring());
    let ended = record_of(&[step(Event::TransferStarted), CallFact::new(Event::Ended)]);
    assert!(!ended.is_transferring());
}

#[test]
fn chats_are_recorded_like_calls() {
    let names = ["chat_inbound", "chat_started", "transcript_updated", "chat_ended", "chat_analyzed"];
    let facts = names.map(|name| CallFact { medium: Some(Medium::Chat), ..CallFact::new(Event::of(name)) });
    let record = record_of(&facts);
    assert!(record.is_complete());
    assert_eq!(record.medium(), Some(Medium::Chat));
}

#[test]
fn a_record_survives_being_stored_and_goes_on_growing() {
    let facts = events();
    let half = record_of(&facts[..6]);
    let stored = serde_json::to_string(&half).unwrap();
    let mut read: CallRecord = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, half);
    facts[6..].iter().for_each(|fact| read.merge(fact.clone()));
    assert_eq!(read, record_of(&facts));
    assert_eq!(serde_json::from_str::<CallRecord>("{}").unwrap(), CallRecord::default());
    assert!(!format!("{read:?}").contains("4917139"));
}

fn any_fact() -> impl Strategy<Value = CallFact> {
    let names = prop::sample::select(vec![
        "call_inbound",
        "call_started",
        "transcript_updated",
        "transfer_started",
        "transfer_bridged",
        "transfer_cancelled",
        "transfer_ended",
        "swept",
        "call_ended",
        "call_analyzed",
        "new_event",
    ]);
    let texts = prop::option::of("[a-c]{0,3}");
    let callers = prop::option::of(prop::sample::select(vec!["+491713920017", "+491713920018", "anonymous", "junk"]));
    (names, prop::option::of(0_i64..4), texts.clone(), texts, callers, prop::option::of(0_u64..3)).prop_map(
        |(name, second, text, destination, caller, small)| CallFact {
            at: second.map(at),
            started_at: second.map(at),
            ended_at: second.map(|second| at(second * 2)),
            from: caller.map(|text| Caller::read(text, None)),
            transcript: text.clone().map(Transcript::new),
            transfer_destination: destination.map(PhoneNumber::new),
            disconnection_reason: text,
            duration_ms: small,
            ..CallFact::new(Event::of(name))
        },
    )
}

proptest! {
    #[test]
    fn shuffles_with_tenfold_duplicates_end_in_the_same_record(
        order in Just((0..events().len()).flat_map(|place| [place; 10]).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let facts = events();
        prop_assert_eq!(record_of(order.iter().map(|place| &facts[*place])), record_of(&facts));
    }

    #[test]
    fn any_events_in_any_order_end_in_the_same_record(
        (facts, shuffled) in prop::collection::vec(any_fact(), 0..12)
            .prop_flat_map(|facts| (Just(facts.clone()), Just([facts.clone(), facts].concat()).prop_shuffle())),
    ) {
        prop_assert_eq!(record_of(&shuffled), record_of(&facts));
    }

    #[test]
    fn joining_is_associative_commutative_and_idempotent(
        a in prop::collection::vec(any_fact(), 0..5),
        b in prop::collection::vec(any_fact(), 0..5),
        c in prop::collection::vec(any_fact(), 0..5),
    ) {
        let join = |mut left: CallRecord, right: &CallRecord| { left.join(right.clone()); left };
        let [a, b, c] = [a, b, c].map(|facts| record_of(&facts));
        prop_assert_eq!(join(join(a.clone(), &b), &c), join(a.clone(), &join(b.clone(), &c)));
        prop_assert_eq!(join(a.clone(), &b), join(b.clone(), &a));
        prop_assert_eq!(join(a.clone(), &a), a.clone());
        prop_assert!(join(a.clone(), &b).phase() >= a.phase());
    }
}
