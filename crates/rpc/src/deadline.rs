//! The moment after which nobody waits for an answer any more.
//!
//! It travels as `grpc-timeout`, a span and not a moment, so clocks need not agree. The server puts it into the request's
//! extensions and into the running task; a client called from that task passes on what is left. A task
//! spawned meanwhile does not inherit it: take [`Deadline::current`] along and give it a [`Deadline::scope`].

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tonic::Status;

use crate::{Failure, status};
use callflow_domain::ErrorKind;

/// The header of the gRPC protocol that carries the time left.
pub(crate) const HEADER: &str = "grpc-timeout";

tokio::task_local! {
    static CURRENT: Deadline;
}

/// The moment after which nobody waits for an answer any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the deadline that lies `left` ahead.
    #[must_use]
    pub fn after(left: Duration) -> Self {
        Self(Instant::now() + left)
    }

    /// Returns the deadline of the running task, if it has one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|deadline| *deadline).ok()
    }

    /// Returns the moment itself.
    #[must_use]
    pub const fn instant(self) -> Instant {
        self.0
    }

    /// Returns how much time is left; zero once it has passed.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Returns whether it has passed.
    #[must_use]
    pub fn expired(self) -> bool {
        self.remaining().is_zero()
    }

    /// Returns a deadline that comes `margin` sooner, for the answer to still reach the caller.
    #[must_use]
    pub fn minus(self, margin: Duration) -> Self {
        Self(self.0.checked_sub(margin).unwrap_or(self.0))
    }

    /// Runs `work` with this deadline, or with the running task's if that comes sooner.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        let sooner = Self::current().map_or(self, |outer| outer.min(self));
        CURRENT.scope(sooner, work).await
    }

    /// Runs `work` with this deadline, and gives it up when the deadline passes.
    ///
    /// # Errors
    /// Returns a status of kind `Timeout` then; whether `work` took effect is unknown.
    pub async fn enforce<T>(self, work: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        match timeout_at(self.0, self.scope(work)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::new(ErrorKind::Timeout, status::TIMEOUT).into()),
        }
    }
}

/// Reads a `grpc-timeout` value; `None` when it is malformed, which the protocol says to ignore.
pub(crate) fn parse(value: &str) -> Option<Duration> {
    let digits =
        value.len().checked_sub(1).filter(|digits| (1..=8).contains(digits) && value.is_char_boundary(*digits))?;
    let (number, unit) = value.split_at(digits);
    // `parse` would take a sign.
    let number: u64 = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())??;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// Writes a `grpc-timeout` value in the finest unit that fits its eight digits, rounded down.
pub(crate) fn format(left: Duration) -> String {
    const LARGEST: u128 = 99_999_999;
    let (micros, millis, secs) = (left.as_micros(), left.as_millis(), u128::from(left.as_secs()));
    match () {
        () if micros <= LARGEST => format!("{micros}u"),
        () if millis <= LARGEST => format!("{millis}m"),
        () => format!("{}S", secs.min(LARGEST)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn malformed_time_outs_are_ignored() {
        for bad in ["", "5", "S", "123456789S", "-5S", "+5S", "5x", "5 S", "5ü", "1.5S"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse("3H"), Some(Duration::from_secs(10_800)));
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_and_never_grows(micros in 0_u64..10_000_000_000_000) {
            let left = Duration::from_micros(micros);
            let read = parse(&format(left)).unwrap();
            prop_assert!(read <= left, "{read:?} > {left:?}");
            // Eight digits are precise to a hundred-millionth or a unit, whichever is coarser.
            prop_assert!(left - read <= left / 1_000 + Duration::from_micros(1));
        }
    }

    #[tokio::test]
    async fn an_inner_deadline_can_only_come_sooner() {
        assert_eq!(Deadline::current(), None);
        let outer = Deadline::after(Duration::from_secs(1));
        outer
            .scope(async {
                let later = Deadline::after(Duration::from_secs(9));
                later.scope(async { assert_eq!(Deadline::current(), Some(outer)) }).await;
                let sooner = Deadline::after(Duration::from_millis(1));
                sooner.scope(async { assert_eq!(Deadline::current(), Some(sooner)) }).await;
            })
            .await;
    }

    #[tokio::test]
    async fn work_that_misses_its_deadline_is_given_up_as_a_time_out() {
        let never = std::future::pending::<Result<(), Status>>();
        let status = Deadline::after(Duration::from_millis(5)).enforce(never).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::DeadlineExceeded);
    }
}
