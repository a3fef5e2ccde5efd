//! Identifiers as types, so that a branch can never be passed where a staff member is meant.
//!
//! Catalog ids are UUIDv5 made from slugs, so the same catalog file gives the same ids in every
//! installation and applying it needs no look-up. All other ids are UUIDv7, made by the services.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of all company ids; chosen once, at random, and never changed.
const NAMESPACE: Uuid = Uuid::from_u128(0x9d1c_6f0e_2a53_4d7b_8b0f_61c7_35e2_a94c);

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Returns the id as a UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl From<$name> for Uuid {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

uuid_id! {
    /// A company: the tenant. Everything else belongs to exactly one.
    CompanyId,
    /// A branch of a company.
    BranchId,
    /// A staff member of a branch.
    StaffId,
    /// A service a company offers.
    ServiceId,
    /// A room (or chair, or lift) of a branch that a service may need.
    RoomId,
    /// A customer of a company.
    CustomerId,
    /// One appointment of one staff member.
    AppointmentId,
    /// A recurring series of appointments.
    SeriesId,
    /// Several appointments booked together as one sequence.
    GroupId,
    /// A request to be called back.
    CallbackId,
    /// A hold: times promised to one caller for a short while.
    HoldId,
    /// A message on the broker; a redelivery keeps it.
    MessageId,
}

impl CompanyId {
    /// Returns the id of the company with this slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("company/{slug}").as_bytes()))
    }

    fn member(self, kind: &str, slug: &str) -> Uuid {
        Uuid::new_v5(&self.0, format!("{kind}/{slug}").as_bytes())
    }

    /// Returns the id of this company's branch with the slug.
    #[must_use]
    pub fn branch(self, slug: &str) -> BranchId {
        BranchId(self.member("branch", slug))
    }

    /// Returns the id of this company's staff member with the slug; staff slugs are unique in a company.
    #[must_use]
    pub fn staff(self, slug: &str) -> StaffId {
        StaffId(self.member("staff", slug))
    }

    /// Returns the id of this company's service with the slug.
    #[must_use]
    pub fn service(self, slug: &str) -> ServiceId {
        ServiceId(self.member("service", slug))
    }

    /// Returns the id of this company's room with the slug; room slugs are unique in a company.
    #[must_use]
    pub fn room(self, slug: &str) -> RoomId {
        RoomId(self.member("room", slug))
    }
}

/// The voice platform's id of a call or chat: an opaque string, unique within a company.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(String);

impl CallId {
    /// Longest accepted id in bytes; seen ones have 32.
    pub const MAX_BYTES: usize = 128;

    /// Returns the id, or `None` when it is empty, too long or holds anything but visible ASCII.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= Self::MAX_BYTES;
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns whether the text is a slug: 1 to 63 of `a-z`, `0-9` and inner hyphens, as in a DNS label.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalog_ids_depend_on_company_and_kind() {
        let (a, b) = (CompanyId::from_slug("a"), CompanyId::from_slug("b"));
        assert_ne!(a.branch("mitte").uuid(), b.branch("mitte").uuid());
        assert_ne!(a.branch("mitte").uuid(), a.staff("mitte").uuid());
        assert_eq!(a.staff("sofia"), CompanyId::from_slug("a").staff("sofia"));
    }

    #[test]
    fn hostile_call_ids_are_refused() {
        assert!(CallId::parse("call_d0f631ca1ddba8db3bcfcb9e057").is_some());
        for text in ["", "a b", "a\n", "ä", &"x".repeat(129)] {
            assert!(CallId::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn slugs_are_dns_labels() {
        assert!(is_slug("berlin-mitte") && is_slug("a"));
        for text in ["", "-a", "a-", "A", "a_b", "a.b", &"x".repeat(64)] {
            assert!(!is_slug(text), "{text:?}");
        }
    }
}
