//! Whom to suggest: staff who speak the caller's language first, the least busy today before the others.

use std::collections::HashMap;

use callflow_cache::Subject;
use callflow_contract::resolver::v1::StaffSuggestion;
use callflow_domain::{
    id::{BranchId, StaffId},
    language::{Choice, Speaker, Stage, route},
};
use callflow_store::{booked, directory::Directory};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use tokio::time::timeout;

use super::{App, evidence::PATIENCE};

/// Most people suggested.
const MOST: usize = 5;

impl App {
    /// Returns whom to suggest, best first, and what that had to give up. Without the counts of today everybody counts as equally busy.
    pub(crate) async fn suggest(
        &self,
        directory: &Directory,
        branch: BranchId,
        language: &Choice,
        at: Timestamp,
    ) -> (Vec<StaffSuggestion>, String) {
        let busy = self.busy_today(directory, branch, at).await;
        let own: Vec<_> = directory.team(branch).filter(|member| member.declared.active).collect();
        let speakers: Vec<Speaker<'_>> = own
            .iter()
            .map(|member| Speaker {
                staff: member.id,
                languages: &member.declared.languages,
                is_available: member.declared.available,
                appointments_today: busy.get(&member.id).copied().unwrap_or_default(),
            })
            .collect();
        let wanted = language.for_staff();
        let routing = route(wanted, &[language.language], &speakers);
        let suggestion = |(staff, stage): &(StaffId, Stage)| StaffSuggestion {
            staff_id: staff.to_string(),
            name: directory.staff_name(*staff),
            appointments_today: busy.get(staff).copied().unwrap_or_default(),
            speaks_language: *stage == Stage::Speaks,
        };
        let note = match routing.first() {
            Some((_, Stage::Speaks)) => String::new(),
            _ => routing.reason(wanted),
        };
        (routing.order.iter().take(MOST).map(suggestion).collect(), note)
    }

    /// Returns how many appointments each of the branch's staff has today, as told within the last minute.
    async fn busy_today(&self, directory: &Directory, branch: BranchId, at: Timestamp) -> HashMap<StaffId, u32> {
        let Some((from, until)) = day(directory, branch, at) else { return HashMap::new() };
        let company = directory.company().id;
        let load = || async {
            let counts = booked::load(&self.deps.database, company, branch, from, until).await?;
            Ok((!counts.is_empty()).then_some(counts))
        };
        let key = busy_key(branch, from);
        let counts = timeout(PATIENCE, self.deps.busy.get_or_load(company, Subject::Public(&key), load)).await;
        counts.ok().and_then(Result::ok).flatten().unwrap_or_default().into_iter().collect()
    }

    /// Returns the key under which a branch's counts of the day of an instant are kept.
    pub(crate) fn busy_on(directory: &Directory, branch: BranchId, at: Timestamp) -> Option<String> {
        day(directory, branch, at).map(|(from, _)| busy_key(branch, from))
    }
}

fn busy_key(branch: BranchId, from: Timestamp) -> String {
    format!("{branch}:{}", from.as_second())
}

/// Returns beginning and end of the branch's day in which an instant is.
fn day(directory: &Directory, branch: BranchId, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let zone = TimeZone::get(directory.time_zone(branch)).ok()?;
    let today = at.to_zoned(zone).start_of_day().ok()?;
    let tomorrow = today.checked_add(1.day()).ok()?;
    Some((today.timestamp(), tomorrow.timestamp()))
}
