//! Who asks after a change was heard of never gets what was loaded before it, at whatever moment he comes.

use std::{
    future::ready,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{pin_mut, poll};
use tokio::sync::Notify;

use super::*;

type Through = ReadThrough<u8, &'static str>;

const KEY: u8 = 1;

/// One key as Redis has it; answers to stores arrive when the test says so.
#[derive(Default)]
struct OneKey {
    entry: Mutex<(Option<Bytes>, Option<String>)>,
    tokens: AtomicUsize,
    answer: Notify,
}

impl OneKey {
    /// What an invalidation does.
    fn delete(&self) {
        *self.entry.lock().unwrap() = (None, None);
    }

    /// What another process does before it loads.
    fn claim(&self) {
        self.entry.lock().unwrap().1 = Some("another process".into());
    }

    /// What another process does when it has loaded.
    fn put(&self, value: &'static str) {
        *self.entry.lock().unwrap() = (Some(Bytes::from(value)), None);
    }
}

impl Shelf<u8> for OneKey {
    fn tier(&self) -> &'static str {
        "test"
    }

    async fn fetch(&self, keys: &[u8]) -> Result<Vec<State>, Error> {
        let mut entry = self.entry.lock().unwrap();
        let state = match &*entry {
            (Some(value), _) => State::Hit(value.clone(), Duration::ZERO),
            (None, Some(_)) => State::Busy,
            (None, None) => {
                let token = self.tokens.fetch_add(1, Ordering::SeqCst).to_string();
                entry.1 = Some(token.clone());
                State::Claimed(Ticket { token, epoch: String::new() })
            }
        };
        assert_eq!(keys, [KEY]);
        Ok(vec![state])
    }

    async fn store(&self, entries: &[(u8, Ticket, Bytes)]) -> Result<Vec<bool>, Error> {
        let [(_, ticket, value)] = entries else { panic!("there is one key") };
        let stored = {
            let mut entry = self.entry.lock().unwrap();
            let claimed = entry.1.as_ref() == Some(&ticket.token);
            if claimed {
                *entry = (Some(value.clone()), None);
            }
            claimed
        };
        self.answer.notified().await;
        Ok(vec![stored])
    }

    fn abandon(&self, _: Vec<(u8, Ticket)>) {}
}

fn loaded(value: &'static str) -> Result<Vec<Bytes>, &'static str> {
    Ok(vec![Bytes::from(value)])
}

fn value<E: std::fmt::Debug>(read: Result<Values<u8>, E>) -> Bytes {
    read.unwrap()[&KEY].bytes().clone()
}

/// Goes on with a read until its load has begun.
async fn until_begun(read: impl Future, begun: &Notify) {
    tokio::select! {
        _ = read => panic!("it is not loaded yet"),
        () = begun.notified() => {}
    }
}

#[tokio::test]
async fn who_joins_between_a_store_and_its_answer_looks_again() {
    let (through, redis) = (Through::new(), OneKey::default());
    let load = |_| ready(loaded("old"));
    let first = through.read(&redis, &[KEY], &load);
    pin_mut!(first);
    assert!(poll!(&mut first).is_pending());
    assert_eq!(redis.entry.lock().unwrap().0.as_deref(), Some(&b"old"[..]), "it is stored, and nobody here knows yet");
    redis.delete();
    redis.claim();
    let load = |_| ready(Err("the other process loads it"));
    let second = through.read(&redis, &[KEY], &load);
    pin_mut!(second);
    assert!(poll!(&mut second).is_pending());
    redis.put("new");
    redis.answer.notify_one();
    assert_eq!(value(first.await), "old", "asked before the deletion");
    assert_eq!(value(second.await), "new", "asked after it");
}

#[tokio::test]
async fn who_joins_a_load_without_a_claim_looks_again() {
    let (through, redis) = (Through::new(), OneKey::default());
    redis.claim();
    let (begun, go_on) = (Notify::new(), Notify::new());
    let load = |_| async {
        begun.notify_one();
        go_on.notified().await;
        loaded("old")
    };
    let first = through.read(&redis, &[KEY], &load);
    pin_mut!(first);
    until_begun(&mut first, &begun).await;
    let load = |_| ready(loaded("new"));
    let second = through.read(&redis, &[KEY], &load);
    pin_mut!(second);
    assert!(poll!(&mut second).is_pending());
    go_on.notify_one();
    assert_eq!(value(first.await), "old");
    assert_eq!(value(second.await), "new", "the load he joined had begun before he asked");
}

#[tokio::test]
async fn who_joins_before_a_claim_is_proven_shares_what_it_brings() {
    let (through, redis) = (Through::new(), OneKey::default());
    let (begun, go_on) = (Notify::new(), Notify::new());
    let load = |_| async {
        begun.notify_one();
        go_on.notified().await;
        loaded("current")
    };
    let first = through.read(&redis, &[KEY], &load);
    pin_mut!(first);
    until_begun(&mut first, &begun).await;
    let load = |_| ready(Err("once is enough"));
    let second = through.read(&redis, &[KEY], &load);
    pin_mut!(second);
    assert!(poll!(&mut second).is_pending());
    go_on.notify_one();
    redis.answer.notify_one();
    assert_eq!(value(first.await), "current");
    assert_eq!(value(second.await), "current");
}
