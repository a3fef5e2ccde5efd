//! The dynamic variables an inbound answer sends: what the agent knows before it says a word.
//!
//! Every key is always there and always a string. A missing one would be spoken as `{{name}}`, and
//! anything but a string voids the whole answer. That is also why the safe set, sent when nothing
//! could be found out in time, has the same keys.

use std::collections::BTreeMap;

use jiff::Zoned;

use crate::{
    spoken::{Line, Phrasebook, Visit},
    text::one_line,
};

/// Longest value in characters.
const MAX_CHARS: usize = 400;
/// Most free times named.
const MAX_SLOTS: usize = 3;

/// Every variable, in the order prompts are written.
pub const NAMES: [&str; 25] = [
    "tenant_id",
    "business_name",
    "location_id",
    "branch",
    "language",
    "today",
    "today_spoken",
    "tomorrow",
    "weekday",
    "now_time",
    "time_zone",
    "customer_known",
    "customer_id",
    "customer_name",
    "greeting_name",
    "greeting",
    "next_appointment",
    "next_slots",
    "next_slot_1",
    "next_slot_2",
    "next_slot_3",
    "preferred_staff",
    "staff_note",
    "recording_notice",
    "calendar",
];

/// What is known of the person who calls.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Customer<'a> {
    /// Could not be found out, or several people share the number.
    #[default]
    Unknown,
    /// Nobody we know.
    New,
    /// Somebody we know.
    Known {
        /// The customer's id.
        id: &'a str,
        /// The name, as it may be spoken.
        name: &'a str,
    },
}

/// How far the free times can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Calendar {
    /// Read just now.
    Live,
    /// From a copy.
    Cached,
    /// Could not be read.
    #[default]
    Unavailable,
}

impl Calendar {
    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Cached => "cached",
            Self::Unavailable => "unavailable",
        }
    }
}

/// What was found out while the phone rang. Leave empty what was not: the default is the safe set.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Known<'a> {
    /// The company's slug.
    pub tenant_id: &'a str,
    /// The company's name as it is spoken.
    pub business_name: &'a str,
    /// The branch's slug.
    pub location_id: &'a str,
    /// The branch's name as it is spoken.
    pub branch: &'a str,
    /// Who calls.
    pub customer: Customer<'a>,
    /// The caller's next appointment.
    pub next_appointment: Option<Visit<'a>>,
    /// The next free times.
    pub next_slots: Vec<Visit<'a>>,
    /// The staff member the caller prefers, or who is suggested.
    pub preferred_staff: &'a str,
    /// Nobody who speaks the caller's language is there.
    pub language_missing: bool,
    /// The call is recorded, so that our notice says it.
    pub recorded: bool,
    /// The company's own notice in the call's language, which takes the place of ours; empty when it has none.
    pub notice: &'a str,
    /// How far the free times can be trusted.
    pub calendar: Calendar,
}

/// Returns the variables in the language of the phrase book; `now` is the time at the branch.
#[must_use]
pub fn build(known: &Known<'_>, phrases: &Phrasebook, now: &Zoned) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> =
        NAMES.iter().map(|name| ((*name).to_owned(), String::new())).collect();
    let mut set = |name: &str, value: &str| {
        debug_assert!(NAMES.contains(&name), "{name} is not listed");
        variables.insert(name.to_owned(), clean(value));
    };
    place(known, &mut set);
    time(phrases, now, &mut set);
    person(known, phrases, &mut set);
    free_times(known, phrases, &mut set);
    set("language", phrases.speech().locale());
    set("staff_note", if known.language_missing { phrases.say(Line::NobodySpeaks) } else { "" });
    let notice = if known.recorded { Line::RecordingNotice } else { Line::MachineNotice };
    set("recording_notice", if known.notice.is_empty() { phrases.say(notice) } else { known.notice });
    variables
}

/// Returns the variables for a call about which nothing could be found out in time.
#[must_use]
pub fn safe(tenant_id: &str, phrases: &Phrasebook, now: &Zoned) -> BTreeMap<String, String> {
    build(&Known { tenant_id, ..Known::default() }, phrases, now)
}

fn place(known: &Known<'_>, set: &mut impl FnMut(&str, &str)) {
    set("tenant_id", known.tenant_id);
    set("business_name", known.business_name);
    set("location_id", known.location_id);
    set("branch", known.branch);
}

fn time(phrases: &Phrasebook, now: &Zoned, set: &mut impl FnMut(&str, &str)) {
    let today = now.date();
    set("today", &today.to_string());
    set("today_spoken", &phrases.full_date(today));
    set("tomorrow", &today.tomorrow().map(|date| date.to_string()).unwrap_or_default());
    set("weekday", phrases.weekday(today));
    set("now_time", &now.strftime("%H:%M").to_string());
    set("time_zone", now.time_zone().iana_name().unwrap_or("UTC"));
}

fn person(known: &Known<'_>, phrases: &Phrasebook, set: &mut impl FnMut(&str, &str)) {
    let (state, id, name) = match known.customer {
        Customer::Unknown => ("unknown", "", ""),
        Customer::New => ("false", "", ""),
        Customer::Known { id, name } => ("true", id, name),
    };
    set("customer_known", state);
    set("customer_id", id);
    set("customer_name", name);
    set("greeting_name", name);
    let business = if known.branch.is_empty() { known.business_name } else { known.branch };
    if !business.is_empty() {
        set("greeting", &phrases.greeting(business, Some(name)));
    }
    set("next_appointment", &known.next_appointment.map(|visit| phrases.visit(&visit)).unwrap_or_default());
    set("preferred_staff", known.preferred_staff);
}

fn free_times(known: &Known<'_>, phrases: &Phrasebook, set: &mut impl FnMut(&str, &str)) {
    let slots = &known.next_slots[..known.next_slots.len().min(MAX_SLOTS)];
    set("next_slots", &phrases.choice_of(slots));
    for (name, slot) in ["next_slot_1", "next_slot_2", "next_slot_3"].into_iter().zip(slots) {
        set(name, &phrases.slot(slot));
    }
    set("calendar", known.calendar.as_str());
}

/// Returns a value on one line and without braces, which the platform would take for a template.
fn clean(value: &str) -> String {
    let plain: String = value.chars().filter(|symbol| !matches!(symbol, '{' | '}')).collect();
    one_line(&plain, MAX_CHARS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spoken::Speech;

    fn now() -> Zoned {
        "2026-11-24T09:12:00+01:00[Europe/Berlin]".parse().unwrap()
    }

    fn german() -> Phrasebook {
        Phrasebook::new(Speech::German, now().date())
    }

    #[test]
    fn the_safe_set_has_every_name_and_promises_nothing() {
        for speech in Speech::ALL {
            let variables = safe("haarwerk", &Phrasebook::new(speech, now().date()), &now());
            let mut names: Vec<&str> = variables.keys().map(String::as_str).collect();
            let mut expected = NAMES.to_vec();
            names.sort_unstable();
            expected.sort_unstable();
            assert_eq!(names, expected);
            assert_eq!(
                (&*variables["customer_known"], &*variables["calendar"], &*variables["next_slots"]),
                ("unknown", "unavailable", "")
            );
            assert_eq!(variables["today"], "2026-11-24");
            assert!(!variables["recording_notice"].is_empty() && !variables["weekday"].is_empty());
        }
    }

    #[test]
    fn everything_known_is_said() {
        let slot = |day, hour| Visit {
            staff: Some("Sofia"),
            ..Visit::new(jiff::civil::datetime(2026, 11, day, hour, 30, 0, 0))
        };
        let known = Known {
            tenant_id: "haarwerk",
            business_name: "Haarwerk Lindenhof",
            location_id: "berlin-mitte",
            branch: "Haarwerk Berlin-Mitte",
            customer: Customer::Known { id: "cus_8841", name: "Jörg Müßigbrodt" },
            next_appointment: Some(slot(26, 15)),
            next_slots: vec![slot(24, 15), slot(25, 10), slot(26, 9), slot(27, 9)],
            preferred_staff: "Sofia",
            language_missing: true,
            recorded: true,
            notice: "",
            calendar: Calendar::Live,
        };
        let variables = build(&known, &german(), &now());
        for (name, expected) in [
            ("weekday", "Dienstag"),
            ("now_time", "09:12"),
            ("today_spoken", "Dienstag, der 24. November 2026"),
            ("tomorrow", "2026-11-25"),
            ("time_zone", "Europe/Berlin"),
            ("language", "de-DE"),
            ("customer_known", "true"),
            ("greeting_name", "Jörg Müßigbrodt"),
            ("greeting", "Guten Tag, Jörg Müßigbrodt, hier ist Haarwerk Berlin-Mitte. Wie kann ich Ihnen helfen?"),
            ("next_appointment", "Donnerstag, 26. November, 15 Uhr 30 bei Sofia"),
            ("next_slot_1", "heute um 15 Uhr 30 bei Sofia"),
            ("next_slot_2", "morgen, Mittwoch, 25. November um 10 Uhr 30 bei Sofia"),
            ("calendar", "live"),
            ("recording_notice", "Dieses Gespräch wird von einer KI geführt und aufgezeichnet."),
        ] {
            assert_eq!(variables[name], expected, "{name}");
        }
        let own = build(&Known { notice: "Sie sprechen mit einer KI.", ..known }, &german(), &now());
        assert_eq!(own["recording_notice"], "Sie sprechen mit einer KI.");
        assert!(variables["next_slots"].ends_with(" oder Donnerstag, 26. November um 9 Uhr 30 bei Sofia"));
        assert!(!variables["staff_note"].is_empty() && variables.len() == NAMES.len());
    }

    #[test]
    fn names_cannot_carry_templates_or_pages() {
        let known = Known {
            customer: Customer::Known { id: "1", name: "{{call_id}}\n\u{0}x" },
            branch: &"b".repeat(9_000),
            ..Known::default()
        };
        let variables = build(&known, &german(), &now());
        assert_eq!(variables["customer_name"], "call_id x");
        assert!(variables.values().all(|value| value.chars().count() <= MAX_CHARS && !value.contains('{')));
    }
}
