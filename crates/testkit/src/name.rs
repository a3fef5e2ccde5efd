//! Names for things on shared servers: they say which process they belong to, so that later ones can clear them away.

use std::sync::atomic::{AtomicU32, Ordering};

use callflow_stack::Token;

/// First part of every name made here.
const PREFIX: &str = "cf";

/// Returns a name nobody else has: `cf_<pid>_<start>_<number>`.
pub(crate) fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let token = Token::own().expect("/proc says when this process began");
    format!("{PREFIX}_{token}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Returns what all names made here begin with.
pub(crate) fn prefix() -> String {
    format!("{PREFIX}_")
}

/// Returns whether `name` was made here by a process that is gone.
pub(crate) fn is_left_over(name: &str) -> bool {
    let token = name.strip_prefix(&prefix()).and_then(|rest| rest.rsplit_once('_')?.0.parse::<Token>().ok());
    token.is_some_and(|token| !token.alive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_processes_that_are_gone_are_left_over() {
        let name = unique();
        assert_ne!(name, unique());
        assert!(!is_left_over(&name), "{name}");
        assert!(is_left_over("cf_1_99999999999_0"));
        for foreign in ["callflow", "cf_", "cf_template_0123", "postgres"] {
            assert!(!is_left_over(foreign), "{foreign}");
        }
    }
}
