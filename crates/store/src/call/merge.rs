//! The rule by which events become a record, independent of their order.
//!
//! Every fact carries the mark of the event it came from: (phase, time). A fact is replaced by one
//! with a higher mark. Equal marks with different values cannot come from one event; then the value
//! that sorts later wins, which is arbitrary but the same on every replay.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Call, Facts, Report};

/// Where in the life of its call an event stands.
type Mark = (i16, i64);

/// The mark of each fact, by its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Marks(BTreeMap<String, Mark>);

impl Marks {
    /// Replaces `known` if `said` comes from a later event, and remembers where it came from.
    fn settle<T: Serialize + Clone>(&mut self, name: &str, mark: Mark, known: &mut Option<T>, said: Option<&T>) {
        let Some(said) = said else { return };
        let later = match (self.0.get(name), known.as_ref()) {
            (Some(before), Some(known)) => mark > *before || (mark == *before && text(said) > text(known)),
            _ => true,
        };
        if later {
            *known = Some(said.clone());
            self.0.insert(name.to_owned(), mark);
        }
    }
}

/// Returns something to sort values of any type by.
fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Merges a report into a call.
pub(super) fn merge(call: &mut Call, report: &Report) {
    let mark = (report.phase.number(), report.at.as_microsecond());
    facts(&mut call.facts, &mut call.marks, mark, &report.facts);
    for (name, said) in &report.extra {
        let mut known = call.extra.remove(name);
        call.marks.settle(&format!("extra.{name}"), mark, &mut known, Some(said));
        call.extra.extend(known.map(|value: Value| (name.clone(), value)));
    }
    call.phase = call.phase.max(report.phase);
    call.last_event_at = call.last_event_at.max(report.at);
}

/// Settles each fact by its name.
fn facts(known: &mut Facts, marks: &mut Marks, mark: Mark, said: &Facts) {
    macro_rules! settle {
        ($($fact:ident),+ $(,)?) => {
            // Taken apart in full, so that a new fact cannot be forgotten here.
            let Facts { $($fact),+ } = said;
            $(marks.settle(stringify!($fact), mark, &mut known.$fact, $fact.as_ref());)+
        };
    }
    settle!(
        branch,
        customer,
        from,
        to,
        agent,
        direction,
        language,
        started_at,
        ended_at,
        analyzed_at,
        duration_ms,
        disconnection_reason,
        cost_cents,
        transcript,
        summary,
        sentiment,
        successful,
        custom_analysis,
        resolution,
    );
}

#[cfg(test)]
mod tests {
    use callflow_domain::{id::CallId, masked::Transcript};
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::call::{Kind, Phase};

    fn empty() -> Call {
        Call {
            id: CallId::parse("call_1").unwrap(),
            kind: Kind::Call,
            phase: Phase::Ringing,
            facts: Facts::default(),
            extra: BTreeMap::new(),
            last_event_at: Timestamp::MIN,
            created_at: Timestamp::UNIX_EPOCH,
            marks: Marks::default(),
        }
    }

    fn folded(reports: &[Report]) -> Call {
        let mut call = empty();
        reports.iter().for_each(|report| merge(&mut call, report));
        call
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_late_start_adds_to_an_ended_call_and_takes_nothing_back() {
        let ended = Report {
            phase: Phase::Ended,
            at: at(100),
            facts: Facts {
                transcript: Some(Transcript::new("all of it")),
                ended_at: Some(at(100)),
                ..Facts::default()
            },
            ..Report::default()
        };
        let started = Report {
            phase: Phase::Ongoing,
            at: at(10),
            facts: Facts { transcript: Some(Transcript::new("")), started_at: Some(at(10)), ..Facts::default() },
            ..Report::default()
        };
        let call = folded(&[ended.clone(), started.clone()]);
        assert_eq!(call.phase, Phase::Ended);
        assert_eq!(call.facts.transcript.as_ref().unwrap().expose(), "all of it");
        assert_eq!(call.facts.started_at, Some(at(10)));
        assert_eq!(call, folded(&[started, ended]));
    }

    #[test]
    fn a_real_end_replaces_an_inferred_one() {
        let end = |at, reason: &str| Report {
            phase: Phase::Ended,
            at,
            facts: Facts { disconnection_reason: Some(reason.to_owned()), ..Facts::default() },
            ..Report::default()
        };
        let (inferred, real) = (end(Timestamp::UNIX_EPOCH, "swept"), end(at(100), "user_hangup"));
        assert_eq!(folded(&[real.clone(), inferred.clone()]).facts.disconnection_reason.unwrap(), "user_hangup");
        assert_eq!(folded(&[inferred, real]).facts.disconnection_reason.unwrap(), "user_hangup");
    }

    fn reports() -> impl Strategy<Value = Vec<Report>> {
        let text = prop::option::of("[ab]{0,2}");
        let one = (0_usize..5, 0_i64..4, text.clone(), text, prop::option::of(0_i64..3), prop::option::of(0_u8..3))
            .prop_map(|(phase, second, transcript, agent, started, extra)| Report {
                phase: Phase::ALL[phase],
                at: at(second),
                kind: Kind::Call,
                facts: Facts {
                    transcript: transcript.map(Transcript::new),
                    agent,
                    started_at: started.map(at),
                    ..Facts::default()
                },
                extra: extra.map(|value| ("tag".to_owned(), value.into())).into_iter().collect(),
            });
        prop::collection::vec(one, 1..8)
    }

    proptest! {
        #[test]
        fn every_order_and_any_repetition_gives_the_same_record(
            (ordered, shuffled) in reports().prop_flat_map(|list| {
                let repeated: Vec<Report> = list.iter().cycle().take(list.len() * 3).cloned().collect();
                (Just(list), Just(repeated).prop_shuffle())
            })
        ) {
            prop_assert_eq!(folded(&ordered), folded(&shuffled));
        }
    }
}
