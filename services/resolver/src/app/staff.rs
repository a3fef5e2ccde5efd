//! Whom to suggest: staff who speak the caller's language first, the least busy today before the others.

use std::collections::HashMap;

use callflow_contract::resolver::v1::StaffSuggestion;
use callflow_domain::{
    id::{BranchId, StaffId},
    language::{Choice, Speaker, Stage, route},
};
use callflow_store::{booked, directory::Directory};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::App;

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
        let own: Vec<_> =
            directory.members().filter(|member| member.branch == branch && member.declared.active).collect();
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

    async fn busy_today(&self, directory: &Directory, branch: BranchId, at: Timestamp) -> HashMap<StaffId, u32> {
        let Ok(zone) = TimeZone::get(directory.time_zone(branch)) else { return HashMap::new() };
        let today = at.to_zoned(zone).start_of_day();
        let tomorrow = today.as_ref().ok().and_then(|today| today.checked_add(1.day()).ok());
        let (Ok(today), Some(tomorrow)) = (today, tomorrow) else { return HashMap::new() };
        let company = directory.company().id;
        let counts = booked::load(&self.deps.database, company, branch, today.timestamp(), tomorrow.timestamp()).await;
        counts.unwrap_or_default().into_iter().collect()
    }
}
