//! Where a call was transferred to: a plain string inside calls, an object beside them.

use callflow_domain::masked::PhoneNumber;

use crate::raw::Raw;

/// The target of a transfer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// A number, or a SIP address such as `sip:front@host;transport=tls`.
    pub target: PhoneNumber,
    /// Digits to dial after the connection.
    pub extension: Option<PhoneNumber>,
}

impl Destination {
    /// Reads either shape; anything without a target is none.
    pub(crate) fn read(raw: Raw<'_>) -> Option<Self> {
        let filled = |text: String| (!text.trim().is_empty()).then(|| PhoneNumber::new(text.trim()));
        if let Some(target) = raw.text() {
            return Some(Self { target: filled(target.into_owned())?, extension: None });
        }
        let mut parts = raw.texts();
        let extension = parts.remove("extension").and_then(filled);
        Some(Self { target: parts.remove("number").and_then(filled)?, extension })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Destination> {
        Destination::read(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn both_shapes_are_read() {
        let full = read(r#"{"number":"+492214710299","extension":12,"later":[]}"#).unwrap();
        assert_eq!(full.target.expose(), "+492214710299");
        assert_eq!(full.extension.as_ref().map(PhoneNumber::expose), Some("12"));
        assert_eq!(read(r#""sip:front@host;transport=tls""#).unwrap().target.expose(), "sip:front@host;transport=tls");
    }

    #[test]
    fn a_destination_without_a_target_is_none() {
        for json in ["\"\"", "{}", "[]", "{\"number\":null}", "{\"extension\":\"1\"}"] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
