//! Waiting for something to become so, and saying what was seen instead when it does not.

use std::{fmt::Debug, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

/// First pause between two looks; it doubles up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(2);
/// Longest pause between two looks.
const LONGEST: Duration = Duration::from_millis(50);

/// Looks until `look` returns `Ok` and returns what it held; its `Err` is the state seen instead.
///
/// ```
/// # use std::time::Duration;
/// # async fn depth() -> usize { 0 }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// callflow_testkit::wait_for("the queue to be empty", Duration::from_secs(5), async || {
///     match depth().await { 0 => Ok(()), depth => Err(depth) }
/// })
/// .await;
/// # });
/// ```
///
/// # Panics
/// When `limit` passes first; the message tells how often it looked and what it saw last. A look that takes longer
/// than the time left is given up.
#[track_caller]
pub fn wait_for<T, S: Debug>(
    what: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<T, S>,
) -> impl Future<Output = T> {
    // Taken here, because an async function does not pass its caller on.
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + limit;
        let (mut pause, mut looks, mut last) = (SHORTEST, 0, None);
        loop {
            match timeout_at(deadline, look()).await {
                Ok(Ok(value)) => return value,
                Ok(Err(state)) => (looks, last) = (looks + 1, Some(state)),
                // The look itself hangs: what it saw before is all there is.
                Err(_) => {}
            }
            if Instant::now() >= deadline {
                let seen = last.map_or_else(|| "nothing; the first look did not end".to_owned(), |s| format!("{s:?}"));
                panic!("{caller}: waited {limit:?} for {what}; looked {looks} times, last seen: {seen}");
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_ends_with_the_value() {
        let mut left = 3;
        let value = wait_for("three looks", Duration::from_secs(5), async || {
            left -= 1;
            if left == 0 { Ok("done") } else { Err(left) }
        })
        .await;
        assert_eq!(value, "done");
    }

    #[tokio::test]
    #[should_panic(expected = "for a seven; looked ")]
    async fn giving_up_says_what_was_waited_for() {
        wait_for("a seven", Duration::from_millis(20), async || Err::<(), _>(6)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "last seen: 6")]
    async fn giving_up_says_what_was_seen_last() {
        let mut asked = false;
        wait_for("a seven", Duration::from_millis(50), async || {
            if asked {
                // Hangs from the second look on.
                std::future::pending::<()>().await;
            }
            asked = true;
            Err::<(), _>(6)
        })
        .await;
    }
}
