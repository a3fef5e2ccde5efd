//! Who may look: a bearer token, or the cookie it was exchanged for. Compared as digests, in constant time.

use actix_web::{
    HttpRequest,
    http::header::{AUTHORIZATION, COOKIE},
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The cookie's name.
const NAME: &str = "callflow_dashboard";
/// A working day.
const SECONDS: u32 = 12 * 3600;

/// Knows the token only as a digest.
pub(super) struct Gate {
    token: [u8; 32],
    session: String,
    secure: bool,
}

impl Gate {
    pub(super) fn new(token: &str, secure: bool) -> Self {
        // Derived, so that every replica accepts it and a new token ends all sessions; the token cannot be told from it.
        let session = hex::encode(digest(&format!("callflow dashboard session\n{token}")));
        Self { token: digest(token), session, secure }
    }

    /// Returns whether this is the token.
    pub(super) fn knows(&self, token: &str) -> bool {
        digest(token).ct_eq(&self.token).into()
    }

    /// Returns whether the request carries the token, or the cookie it was exchanged for.
    pub(super) fn admits(&self, request: &HttpRequest) -> bool {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let bearer = text(AUTHORIZATION).and_then(|value| value.split_once(' '));
        if let Some((scheme, token)) = bearer {
            return scheme.eq_ignore_ascii_case("bearer") && self.knows(token.trim());
        }
        let pairs = text(COOKIE).into_iter().flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
        let mut sessions = pairs.filter(|(name, _)| name.trim() == NAME).map(|(_, value)| value.trim());
        sessions.any(|session| session.as_bytes().ct_eq(self.session.as_bytes()).into())
    }

    /// Returns the cookie that stands for the token.
    pub(super) fn cookie(&self) -> String {
        // Lax: Strict would be withheld on the very redirect that follows a link with a token.
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{NAME}={}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}", self.session)
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
