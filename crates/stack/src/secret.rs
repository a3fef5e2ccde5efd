//! Passwords: one random one per stack, from which each role's own is derived.
//!
//! Deriving lets a test process that knows only the administrator's URL log in as any role, while
//! no role can find out another's password or the administrator's.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Returns a new random password of 64 hexadecimal digits (244 random bits).
pub(crate) fn random() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Returns the password of `name` in a stack whose administrator's password is `root`.
#[must_use]
pub fn password_for(root: &str, name: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(root.as_bytes());
    // A separator that no password contains, so that no two pairs hash the same bytes.
    hash.update([0]);
    hash.update(name.as_bytes());
    hex::encode(&hash.finalize()[..20])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_passwords_differ_by_name_and_by_root() {
        let one = password_for("root", "callflow_booking");
        assert_eq!(one, password_for("root", "callflow_booking"));
        assert_ne!(one, password_for("root", "callflow_ingress"));
        assert_ne!(one, password_for("toor", "callflow_booking"));
        assert_eq!(one.len(), 40);
    }

    #[test]
    fn random_passwords_are_new_each_time() {
        assert_ne!(random(), random());
    }
}
