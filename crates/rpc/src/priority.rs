//! Who waits for an answer: a person on the phone, or nobody in particular.
//!
//! When a service has more to do than it can, calls for a live conversation go first. The priority travels in a
//! header and in the running task, as the deadline does, so that a whole chain of calls has the one it began with.

/// The header that marks a call nobody waits for.
const HEADER: &str = "callflow-priority";
const BACKGROUND: &str = "background";

tokio::task_local! {
    static CURRENT: Priority;
}

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Priority {
    /// A person in a live call.
    #[default]
    Live,
    /// An event, a job, an operator's report: it may come later.
    Background,
}

impl Priority {
    /// Returns the priority of the running task; live unless it was said otherwise.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(|priority| *priority).unwrap_or_default()
    }

    /// Runs `work` with this priority, and so all calls it makes.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Writes the priority into the headers of a call.
    pub(crate) fn inject(self, headers: &mut http::HeaderMap) {
        match self {
            Self::Live => _ = headers.remove(HEADER),
            Self::Background => _ = headers.insert(HEADER, http::HeaderValue::from_static(BACKGROUND)),
        }
    }

    /// Reads the priority from the headers of a call.
    pub(crate) fn extract(headers: &http::HeaderMap) -> Self {
        match headers.get(HEADER) {
            Some(value) if value == BACKGROUND => Self::Background,
            _ => Self::Live,
        }
    }
}
