//! What a function answers: a stable code for programs, one speakable sentence for the caller.
//!
//! Business outcomes are HTTP 200 with this body; an error status would reach the model index-mangled.
//! Scalars are flat, because that is what the platform can turn into variables, and the whole stays
//! short, because every character costs the caller time.

mod outcome;
mod slot;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::text::one_line;

pub use outcome::Outcome;
pub use slot::{Booked, Slot};

/// Longest answer, in characters. The platform cuts at 15 000; a tenth of that is what a model reads quickly.
pub const MAX_CHARS: usize = 1_500;
/// Most entries of each list.
pub const MAX_ENTRIES: usize = 5;

/// One answer. Build it with the methods that take `self`, then send [`Answer::to_json`].
#[derive(Clone, PartialEq)]
pub struct Answer {
    outcome: Outcome,
    ok: bool,
    message: String,
    fields: Vec<(&'static str, Value)>,
    slots: Option<Vec<Slot>>,
    alternatives: Vec<Slot>,
    appointments: Option<Vec<Booked>>,
}

impl Answer {
    /// Begins an answer with its outcome and what is to be said.
    #[must_use]
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            ok: outcome.is_ok(),
            // One clean line: escapes of control characters would count sixfold.
            message: one_line(&message.into(), MAX_CHARS / 2).unwrap_or_default(),
            fields: Vec::new(),
            slots: None,
            alternatives: Vec::new(),
            appointments: None,
        }
    }

    /// Returns the outcome.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns what is to be said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Adds a scalar; a later one of the same name replaces it, `null` adds nothing.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.fields.retain(|(known, _)| *known != name);
        if !value.is_null() && !value.is_array() && !value.is_object() {
            self.fields.push((name, value));
        }
        self
    }

    /// Offers slots; an empty list is sent as one. With a single slot its id is also a flat scalar.
    #[must_use]
    pub fn slots(mut self, slots: impl IntoIterator<Item = Slot>) -> Self {
        let slots: Vec<Slot> = slots.into_iter().take(MAX_ENTRIES).collect();
        if let [only] = slots.as_slice() {
            let id = only.slot_id.clone();
            self = self.field("slot_id", id);
        }
        self.slots = Some(slots);
        self
    }

    /// Offers slots that come closest to what is not to be had.
    #[must_use]
    pub fn alternatives(mut self, slots: impl IntoIterator<Item = Slot>) -> Self {
        self.alternatives = slots.into_iter().take(MAX_ENTRIES).collect();
        self
    }

    /// Lists appointments.
    #[must_use]
    pub fn appointments(mut self, appointments: impl IntoIterator<Item = Booked>) -> Self {
        self.appointments = Some(appointments.into_iter().take(MAX_ENTRIES).collect());
        self
    }

    /// Returns the body to send, shorter than [`MAX_CHARS`] whatever was put in.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut answer = self.clone();
        loop {
            let json = serde_json::to_string(&answer).unwrap_or_default();
            if json.chars().count() < MAX_CHARS || !answer.shorten() {
                return json;
            }
        }
    }

    /// Gives up what is missed least; returns whether there was anything left to give up.
    fn shorten(&mut self) -> bool {
        let slots = self.slots.iter_mut().flatten();
        let spoken = slots.chain(&mut self.alternatives).rev().find_map(|slot| slot.spoken.take());
        let has_slots = self.slots.as_ref().is_some_and(|slots| !slots.is_empty());
        spoken.is_some()
            || (self.alternatives.len() > usize::from(!has_slots) && self.alternatives.pop().is_some())
            || pop_beyond_first(self.slots.as_mut())
            || pop_beyond_first(self.appointments.as_mut())
            || self.clip_longest_text()
            || self.fields.pop().is_some()
            || pop(self.slots.as_mut())
            || self.alternatives.pop().is_some()
            || pop(self.appointments.as_mut())
            || clip(&mut self.message, 400)
    }

    fn clip_longest_text(&mut self) -> bool {
        let texts = self.fields.iter_mut().filter_map(|(_, value)| match value {
            Value::String(text) => Some(text),
            _ => None,
        });
        texts.max_by_key(|text| text.len()).is_some_and(|text| clip(text, 120))
    }
}

fn pop_beyond_first<T>(list: Option<&mut Vec<T>>) -> bool {
    list.is_some_and(|list| list.len() > 1 && list.pop().is_some())
}

fn pop<T>(list: Option<&mut Vec<T>>) -> bool {
    list.is_some_and(|list| list.pop().is_some())
}

/// Clips a text; returns whether it was longer.
fn clip(text: &mut String, chars: usize) -> bool {
    let Some((end, _)) = text.char_indices().nth(chars) else { return false };
    text.truncate(end);
    true
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ok", &self.ok)?;
        map.serialize_entry("result", self.outcome.as_str())?;
        map.serialize_entry("message", &self.message)?;
        if self.outcome.is_retryable() {
            map.serialize_entry("retryable", &true)?;
        }
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        if let Some(slots) = &self.slots {
            map.serialize_entry("slots", slots)?;
        }
        if !self.alternatives.is_empty() {
            map.serialize_entry("alternatives", &self.alternatives)?;
        }
        if let Some(appointments) = &self.appointments {
            map.serialize_entry("appointments", appointments)?;
        }
        map.end()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without message and fields, which name people.
        f.debug_struct("Answer").field("outcome", &self.outcome).field("ok", &self.ok).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
