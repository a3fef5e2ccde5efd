//! Which schemas and versions a consumer accepts, and the check every arriving body passes before a handler sees it.

use std::{collections::BTreeMap, sync::Arc};

use callflow_contract::{event::v1::Envelope, schema::KNOWN};
use prost::Message as _;
use uuid::Uuid;

use super::{MAX_BODY_BYTES, Message};
use crate::disposition::ParkReason;

/// The schemas a consumer accepts, each with the newest version it reads.
#[derive(Debug, Clone)]
pub struct Registry {
    known: Arc<BTreeMap<String, u32>>,
}

impl Default for Registry {
    /// Every schema of this release.
    fn default() -> Self {
        KNOWN.iter().fold(Self::empty(), |registry, (schema, version)| registry.with(*schema, *version))
    }
}

impl Registry {
    /// Returns a registry that accepts nothing yet.
    #[must_use]
    pub fn empty() -> Self {
        Self { known: Arc::default() }
    }

    /// Adds a schema, or another newest version of one.
    #[must_use]
    pub fn with(mut self, schema: impl Into<String>, newest_version: u32) -> Self {
        Arc::make_mut(&mut self.known).insert(schema.into(), newest_version);
        self
    }

    /// Opens a message's body.
    pub(crate) fn open(&self, message: &Message) -> Result<Envelope, ParkReason> {
        if message.body.len() > MAX_BODY_BYTES {
            let detail = format!("{} bytes, at most {MAX_BODY_BYTES} are carried", message.body.len());
            return Err(ParkReason::new(ParkReason::OVERSIZED, detail));
        }
        let envelope = Envelope::decode(message.body.as_slice())
            .map_err(|_| ParkReason::new(ParkReason::UNDECODABLE, "body is no envelope"))?;
        // Any bytes can look like an empty envelope; without an id nothing could be done once only.
        if Uuid::parse_str(&envelope.message_id).is_err() {
            return Err(ParkReason::new(ParkReason::UNDECODABLE, "message_id is not a UUID"));
        }
        if !envelope.company_id.is_empty() && Uuid::parse_str(&envelope.company_id).is_err() {
            return Err(ParkReason::new(ParkReason::UNDECODABLE, "company_id is not a UUID"));
        }
        self.check(&envelope)?;
        Ok(envelope)
    }

    fn check(&self, envelope: &Envelope) -> Result<(), ParkReason> {
        let Envelope { schema, schema_version: found, .. } = envelope;
        match self.known.get(schema) {
            None => {
                let shown: String = schema.chars().filter(|symbol| !symbol.is_control()).take(100).collect();
                Err(ParkReason::new(ParkReason::UNKNOWN_SCHEMA, format!("schema {shown:?}")))
            }
            Some(newest) if found > newest => {
                let detail = format!("{schema} version {found}, this release reads up to {newest}");
                Err(ParkReason::new(ParkReason::FUTURE_VERSION, detail))
            }
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use lapin::BasicProperties;
    use proptest::prelude::*;

    use super::*;

    fn verdict(body: Vec<u8>) -> Result<(), &'static str> {
        let message = Message::arrived("k", &BasicProperties::default(), body, Timestamp::UNIX_EPOCH);
        Registry::empty().with("known", 2).open(&message).map(|_| ()).map_err(|reason| reason.code)
    }

    fn envelope(schema: &str, version: u32) -> Envelope {
        let message_id = Uuid::from_u128(7).to_string();
        Envelope { message_id, schema: schema.into(), schema_version: version, ..Envelope::default() }
    }

    #[test]
    fn each_fault_has_its_code() {
        assert_eq!(verdict(envelope("known", 2).encode_to_vec()), Ok(()));
        assert_eq!(verdict(envelope("known", 1).encode_to_vec()), Ok(()), "older versions stay readable");
        assert_eq!(verdict(envelope("known", 3).encode_to_vec()), Err(ParkReason::FUTURE_VERSION));
        assert_eq!(verdict(envelope("other", 1).encode_to_vec()), Err(ParkReason::UNKNOWN_SCHEMA));
        assert_eq!(verdict(Vec::new()), Err(ParkReason::UNDECODABLE));
        assert_eq!(verdict(b"not protobuf at all".to_vec()), Err(ParkReason::UNDECODABLE));
        assert_eq!(verdict(vec![0; MAX_BODY_BYTES + 1]), Err(ParkReason::OVERSIZED));
        let foreign = Envelope { company_id: "acme".into(), ..envelope("known", 1) };
        assert_eq!(verdict(foreign.encode_to_vec()), Err(ParkReason::UNDECODABLE));
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = verdict(body);
        }
    }
}
