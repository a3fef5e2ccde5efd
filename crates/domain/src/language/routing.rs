//! Who serves a caller, by language: speakers first, then those who share another language with
//! the caller, then anyone; and the answer says which of these it was.

use serde::{Deserialize, Serialize};

use super::Language;
use crate::id::StaffId;

/// A staff member as far as routing looks at one.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// Who.
    pub staff: StaffId,
    /// Which languages, in any order.
    pub languages: &'a [Language],
    /// Whether the person works for callers now: active, and not marked as away.
    pub is_available: bool,
    /// How many appointments the person has today; fewer comes first.
    pub appointments_today: u32,
}

/// How far the search had to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The person speaks the caller's language.
    Speaks,
    /// The person speaks another language the call can be held in.
    Bridges,
    /// The person is available, and that is all.
    Anyone,
}

impl Stage {
    /// Returns the stable lower-case name, for reasons and metrics labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Speaks => "speaks",
            Self::Bridges => "bridges",
            Self::Anyone => "anyone",
        }
    }
}

/// Available staff in the order they should be offered, each with its stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// Best first: by stage, then fewest appointments today, then id, so that the order is stable.
    pub order: Vec<(StaffId, Stage)>,
}

impl Routing {
    /// Returns who comes first and how well that fits, or `None` when nobody is available.
    #[must_use]
    pub fn first(&self) -> Option<(StaffId, Stage)> {
        self.order.first().copied()
    }

    /// Returns in one sentence for operators what was done.
    #[must_use]
    pub fn reason(&self, language: Language) -> String {
        let count = |stage| self.order.iter().filter(|(_, of)| *of == stage).count();
        match self.first() {
            Some((_, Stage::Speaks)) => format!("{} available who speak {language}", count(Stage::Speaks)),
            Some((_, Stage::Bridges)) => {
                format!("nobody available speaks {language}, {} share another language", count(Stage::Bridges))
            }
            Some((_, Stage::Anyone)) => {
                format!("nobody available speaks {language}, {} serve anyway", self.order.len())
            }
            None => "nobody is available".to_owned(),
        }
    }
}

/// Orders the available staff for a caller who speaks `language`; `bridges` are the other languages
/// the call can be held in, such as the one the agent answers in.
#[must_use]
pub fn route(language: Language, bridges: &[Language], staff: &[Speaker<'_>]) -> Routing {
    let stage = |speaker: &Speaker<'_>| {
        if speaker.languages.contains(&language) {
            Stage::Speaks
        } else if speaker.languages.iter().any(|other| bridges.contains(other)) {
            Stage::Bridges
        } else {
            Stage::Anyone
        }
    };
    let mut ranked: Vec<_> = staff
        .iter()
        .filter(|speaker| speaker.is_available)
        .map(|speaker| (stage(speaker), speaker.appointments_today, speaker.staff))
        .collect();
    ranked.sort_unstable();
    ranked.dedup_by_key(|(_, _, staff)| *staff);
    Routing { order: ranked.into_iter().map(|(stage, _, staff)| (staff, stage)).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::CompanyId;

    fn id(name: &str) -> StaffId {
        CompanyId::from_slug("haarwerk").staff(name)
    }

    fn team() -> Vec<(&'static str, Vec<Language>, bool, u32)> {
        vec![
            ("sofia", vec![Language::DE, Language::EN], true, 6),
            ("mehmet", vec![Language::DE, Language::TR], true, 4),
            ("zeynep", vec![Language::TR], true, 2),
            ("aylin", vec![Language::TR, Language::DE], false, 0),
            ("ivan", vec![Language::RU], true, 1),
        ]
    }

    fn order(language: Language, bridges: &[Language]) -> (Vec<(StaffId, Stage)>, String) {
        let team = team();
        let staff: Vec<Speaker<'_>> = team
            .iter()
            .map(|(name, languages, is_available, appointments_today)| Speaker {
                staff: id(name),
                languages,
                is_available: *is_available,
                appointments_today: *appointments_today,
            })
            .collect();
        let routing = route(language, bridges, &staff);
        let reason = routing.reason(language);
        (routing.order, reason)
    }

    #[test]
    fn speakers_come_first_and_the_least_busy_of_them_leads() {
        let (order, reason) = order(Language::TR, &[Language::DE]);
        let names = ["zeynep", "mehmet", "sofia", "ivan"].map(id);
        let stages = [Stage::Speaks, Stage::Speaks, Stage::Bridges, Stage::Anyone];
        assert_eq!(order, names.into_iter().zip(stages).collect::<Vec<_>>());
        assert_eq!(reason, "2 available who speak tr");
    }

    #[test]
    fn without_a_speaker_the_answer_says_so() {
        let (bridged, reason) = order(Language::AR, &[Language::EN]);
        assert_eq!(bridged.first(), Some(&(id("sofia"), Stage::Bridges)));
        assert_eq!(reason, "nobody available speaks ar, 1 share another language");
        let (anyone, reason) = order(Language::AR, &[]);
        assert_eq!(anyone.first(), Some(&(id("ivan"), Stage::Anyone)));
        assert_eq!(reason, "nobody available speaks ar, 4 serve anyway");
    }

    #[test]
    fn nobody_available_is_said_too() {
        let routing = route(Language::DE, &[], &[]);
        assert_eq!((routing.first(), routing.reason(Language::DE).as_str()), (None, "nobody is available"));
    }

    proptest! {
        #[test]
        fn everyone_available_is_offered_once_in_a_stable_order(
            people in proptest::collection::vec((any::<u128>(), 0_usize..5, any::<bool>(), 0_u32..9), 0..20),
            turn in 0_usize..20,
        ) {
            let mut staff: Vec<Speaker<'_>> = people
                .iter()
                .map(|(id, language, is_available, appointments_today)| Speaker {
                    staff: StaffId(uuid::Uuid::from_u128(*id)),
                    languages: &Language::SPOKEN[*language..=*language],
                    is_available: *is_available,
                    appointments_today: *appointments_today,
                })
                .collect();
            let straight = route(Language::TR, &[Language::DE], &staff);
            let turned = turn % staff.len().max(1);
            staff.rotate_left(turned);
            prop_assert_eq!(&straight, &route(Language::TR, &[Language::DE], &staff));
            prop_assert_eq!(straight.order.len(), staff.iter().filter(|speaker| speaker.is_available).count());
            prop_assert!(straight.order.is_sorted_by_key(|(_, stage)| *stage));
        }
    }
}
