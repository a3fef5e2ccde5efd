//! Windows that overlap others of the same list.

use crate::schedule::{TimeWindow, Weekday, WeeklyWindow};

const WEEK: u16 = 7 * 24 * 60;

/// Returns pairs of windows that overlap somewhere in the week, once each, with the weekday on
/// which the later of the two begins.
pub(super) fn weekly(windows: &[WeeklyWindow]) -> Vec<(usize, usize, Weekday)> {
    let mut spans = Vec::new();
    for (index, window) in windows.iter().enumerate().take(super::ENTRIES) {
        let (from, to) = window.window().minutes();
        for day in window.days.iter() {
            let midnight = u16::from(day.monday_zero()) * 1440;
            spans.push((midnight + from, midnight + to, index, day));
            // A Sunday night reaches into Monday: seen once more, a week earlier.
            if midnight + to > WEEK {
                spans.push((0, midnight + to - WEEK, index, day));
            }
        }
    }
    spans.sort_unstable_by_key(|span| (span.0, span.1, span.2));
    let mut found: Vec<(usize, usize, Weekday)> = Vec::new();
    let mut reach = (0, 0);
    for &(from, to, index, day) in &spans {
        let (first, second) = (index.min(reach.1), index.max(reach.1));
        if from < reach.0 && index != reach.1 && !found.iter().any(|pair| (pair.0, pair.1) == (first, second)) {
            found.push((first, second, day));
        }
        if to > reach.0 {
            reach = (to, index);
        }
    }
    found
}

/// Returns pairs of windows of one date that overlap.
pub(super) fn daily(windows: &[TimeWindow]) -> Vec<(usize, usize)> {
    let mut spans: Vec<_> = windows.iter().enumerate().map(|(index, window)| (window.minutes(), index)).collect();
    spans.sort_unstable();
    let mut found = Vec::new();
    let mut reach: Option<(u16, usize)> = None;
    for ((from, to), index) in spans {
        if let Some((end, first)) = reach
            && from < end
        {
            found.push((first.min(index), first.max(index)));
        }
        if reach.is_none_or(|(end, _)| to > end) {
            reach = Some((to, index));
        }
    }
    found
}
