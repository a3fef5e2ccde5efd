//! The voice platform's contract against the running fleet: every surface, every sample, every kind of misuse, and every
//! way in which something can be away.
//!
//! Each of the two tests has one fleet for all of its steps: starting it takes longer than most of what is asked of it.
#![allow(clippy::unwrap_used)]

mod away;
mod conversation;
mod limit;
mod platform;
mod ring;
mod sample;
mod trust;

use std::{fs, path::PathBuf};

use callflow_fleet::{Fleet, Options};

use platform::Platform;

/// Starts a fleet with a folder of its own.
async fn fleet(name: &str) -> Fleet {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    Fleet::start(Options { test: true, ..Options::new(folder).unwrap() }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_is_kept_to_the_letter() {
    let mut fleet = fleet("retell").await;
    let salon = Platform::of(&fleet, "haarwerk");
    let practice = Platform::of(&fleet, "suedpark");
    trust::forged_and_misshapen_signatures_are_refused(&salon).await;
    trust::two_keys_are_believed_while_they_are_changed(&fleet, &salon).await;
    trust::one_company_cannot_speak_for_another(&salon, &practice).await;
    sample::every_sample_is_accepted(&salon, &practice).await;
    ring::a_caller_is_greeted_with_everything_as_strings(&salon).await;
    ring::the_same_call_gets_the_same_answer_from_every_process(&mut fleet, &salon).await;
    ring::a_chat_is_answered_like_a_call(&salon).await;
    conversation::a_caller_books_moves_and_cancels(&salon).await;
    conversation::one_wish_is_booked_once(&salon).await;
    conversation::junk_is_understood_or_answered_in_words(&salon).await;
    conversation::five_languages_are_spoken(&salon).await;
    conversation::functions_come_by_every_method(&salon).await;
    limit::sizes_and_depth_have_bounds(&salon).await;
    limit::slow_senders_are_let_go(&salon).await;
    limit::every_answer_is_dressed(&salon).await;
    limit::every_address_is_described(&salon).await;
    ring::unwelcome_callers_are_rejected(&fleet, &salon).await;
    nothing_personal_is_logged(&fleet);
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_away_the_caller_gets_an_honest_answer() {
    let mut fleet = fleet("away").await;
    let salon = Platform::of(&fleet, "haarwerk");
    away::redis(&fleet, &salon).await;
    away::rabbitmq(&fleet, &salon).await;
    away::postgres(&fleet, &salon).await;
    away::resolver(&mut fleet, &salon).await;
    away::availability(&mut fleet, &salon).await;
    away::booking(&mut fleet, &salon).await;
    away::everything(&mut fleet, &salon).await;
    nothing_personal_is_logged(&fleet);
    fleet.stop().await;
}

/// What the tests and samples say of people; none of it may be in a log.
const PERSONAL: [&str; 14] = [
    "1713920",
    "17604069042",
    "7700900123",
    "Müßigbrodt",
    "Müller-Lüdenscheidt",
    "O'Connor",
    "Yıldız",
    "الخطيب",
    "Erika",
    "Muster",
    "Halb vier ist super",
    "my appointment tomorrow",
    "saç boyası için",
    "علاج طبيعي",
];

fn nothing_personal_is_logged(fleet: &Fleet) {
    for (name, service) in &fleet.endpoints().services {
        let log = fs::read_to_string(&service.log).unwrap();
        assert!(log.len() > 200, "{name} has logged nothing, so this would prove nothing");
        for personal in PERSONAL {
            let line = log.lines().find(|line| line.contains(personal));
            assert!(line.is_none(), "{name} logged {personal:?}: {}", line.unwrap_or_default());
        }
    }
}
