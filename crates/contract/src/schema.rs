//! The names and versions of what an envelope can carry, and the two ways through: seal and open.

use prost::Message;

use crate::event::v1::{self as event, Envelope};

/// A message that may travel in an envelope.
pub trait Event: Message + Default {
    /// Full proto name, as written into `Envelope.schema`.
    const SCHEMA: &'static str;
    /// Version written today; readers accept every version up to it.
    const VERSION: u32;
}

macro_rules! events {
    ($($name:ident @ $version:literal),+ $(,)?) => {
        $(impl Event for event::$name {
            const SCHEMA: &'static str = concat!("callflow.event.v1.", stringify!($name));
            const VERSION: u32 = $version;
        })+

        /// Every schema known to this release, with the newest version it reads.
        pub const KNOWN: &[(&str, u32)] = &[$((<event::$name as Event>::SCHEMA, $version)),+];
    };
}

events! {
    CallEvent @ 1,
    AnswerGiven @ 1,
    AppointmentBooked @ 1,
    AppointmentRescheduled @ 1,
    AppointmentCancelled @ 1,
    AppointmentRequested @ 1,
    SeriesBooked @ 1,
    CallbackRequested @ 1,
    CatalogChanged @ 1,
    CustomerChanged @ 1,
}

/// Why an envelope cannot be opened as a certain event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It carries something else.
    #[error("carries schema {found}, not {wanted}")]
    OtherSchema {
        /// The schema in the envelope.
        found: String,
        /// The schema asked for.
        wanted: &'static str,
    },
    /// It was written by a newer release than this one.
    #[error("schema version {found} is newer than {known}, the newest this release reads")]
    FutureVersion {
        /// The version in the envelope.
        found: u32,
        /// The newest one known.
        known: u32,
    },
    /// The body is no such message.
    #[error("body is not a valid {schema}")]
    Undecodable {
        /// The schema it claims.
        schema: &'static str,
    },
}

/// Fills an envelope's schema, version and body from an event; the other fields stay as they are.
#[must_use]
pub fn seal<E: Event>(event: &E, envelope: Envelope) -> Envelope {
    Envelope { schema: E::SCHEMA.to_owned(), schema_version: E::VERSION, body: event.encode_to_vec(), ..envelope }
}

/// Returns the event in an envelope.
///
/// # Errors
/// When it carries another schema, a version from the future, or bytes that do not decode.
pub fn open<E: Event>(envelope: &Envelope) -> Result<E, OpenError> {
    if envelope.schema != E::SCHEMA {
        return Err(OpenError::OtherSchema { found: envelope.schema.chars().take(100).collect(), wanted: E::SCHEMA });
    }
    if envelope.schema_version > E::VERSION {
        return Err(OpenError::FutureVersion { found: envelope.schema_version, known: E::VERSION });
    }
    E::decode(envelope.body.as_slice()).map_err(|_| OpenError::Undecodable { schema: E::SCHEMA })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> event::CallEvent {
        event::CallEvent { event: "call_started".into(), call_id: "call_1".into(), ..Default::default() }
    }

    #[test]
    fn what_was_sealed_opens_again() {
        let envelope = seal(&sample(), Envelope::default());
        assert_eq!(open::<event::CallEvent>(&envelope).unwrap(), sample());
    }

    #[test]
    fn other_schemas_future_versions_and_rubbish_are_told_apart() {
        let envelope = seal(&sample(), Envelope::default());
        assert!(matches!(open::<event::SeriesBooked>(&envelope), Err(OpenError::OtherSchema { .. })));
        let future = Envelope { schema_version: 2, ..envelope.clone() };
        assert_eq!(open::<event::CallEvent>(&future), Err(OpenError::FutureVersion { found: 2, known: 1 }));
        let rubbish = Envelope { body: vec![0xff; 9], ..envelope };
        assert!(matches!(open::<event::CallEvent>(&rubbish), Err(OpenError::Undecodable { .. })));
    }
}
