//! A company's policies: ranges, weights, and the services and numbers they name.

use super::{
    Findings, Names,
    service::{ADVANCE_DAYS, NOTICE_MIN},
};
use crate::catalog::Company;

/// Longest hold in seconds: half an hour, longer than any call keeps a caller waiting.
const HOLD_SECS: u32 = 1_800;
/// Longest gap between two services of one visit in minutes.
const GAP_MIN: u32 = 240;
/// Longest spoken notice in bytes.
const NOTICE_BYTES: usize = 1_000;

pub(super) fn check(found: &mut Findings, path: &str, company: &Company) {
    let policies = &company.policies;
    let here = format!("{path}.policies");
    found.range(format!("{here}.cancel.notice_min"), policies.cancel.notice_min, 0..=NOTICE_MIN);
    found.range(format!("{here}.reschedule.notice_min"), policies.reschedule.notice_min, 0..=NOTICE_MIN);
    found.range(format!("{here}.min_notice_min"), policies.min_notice_min, 0..=NOTICE_MIN);
    found.range(format!("{here}.max_advance_days"), policies.max_advance_days, 1..=ADVANCE_DAYS);
    found.range(format!("{here}.step_min"), policies.step_min, 1..=720);
    found.range(format!("{here}.offer_hold_secs"), policies.offer_hold_secs, 10..=HOLD_SECS);
    found.range(format!("{here}.hold_secs"), policies.hold_secs, 10..=HOLD_SECS);
    found.range(format!("{here}.gap_min"), policies.gap_min, 0..=GAP_MIN);
    gaps(found, &here, company);
    weights(found, &here, company);
    rejected(found, &here, company);
    for (language, text) in &policies.recording_notice {
        let field = format!("{here}.recording_notice.{language}");
        if text.trim().is_empty() {
            found.add(field, "is empty");
        } else if text.len() > NOTICE_BYTES {
            found.add(field, format!("is {} bytes long, at most {NOTICE_BYTES} are accepted", text.len()));
        }
    }
}

fn gaps(found: &mut Findings, path: &str, company: &Company) {
    let services = Names::of("service", company.services.iter().map(|service| service.slug.as_str()));
    let gaps = &company.policies.gaps;
    for (index, gap) in gaps.iter().enumerate() {
        let here = format!("{path}.gaps[{index}]");
        services.refer(found, format!("{here}.after"), &gap.after);
        services.refer(found, format!("{here}.before"), &gap.before);
        found.range(format!("{here}.gap_min"), gap.gap_min, 0..=GAP_MIN);
        if gaps[..index].iter().any(|other| (&other.after, &other.before) == (&gap.after, &gap.before)) {
            found.add(here, format!("the gap from {} to {} is given twice", gap.after, gap.before));
        }
    }
}

fn weights(found: &mut Findings, path: &str, company: &Company) {
    let weights = company.policies.weights;
    let names = ["skill", "free_day", "preference", "balance", "language"];
    for (name, weight) in names.iter().zip(weights.all()) {
        if !(0.0..=1.0).contains(&weight) {
            found.add(format!("{path}.weights.{name}"), format!("is {weight}, accepted are 0 to 1"));
        }
    }
    if weights.all().iter().all(|weight| *weight == 0.0) {
        found.add(format!("{path}.weights"), "are all 0, so nothing would decide");
    }
}

fn rejected(found: &mut Findings, path: &str, company: &Company) {
    for (index, entry) in company.policies.reject.numbers.iter().enumerate() {
        let digits = entry.strip_suffix('*').unwrap_or(entry).strip_prefix('+').unwrap_or("");
        let is_prefix = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_prefix {
            let message = "is no international number, as in +491713920017, and no beginning of one, as in +4990*";
            found.add(format!("{path}.reject.numbers[{index}]"), message);
        }
    }
    if company.policies.reject.calls_per_hour == Some(0) {
        found.add(format!("{path}.reject.calls_per_hour"), "is 0, so every call would be rejected");
    }
}
