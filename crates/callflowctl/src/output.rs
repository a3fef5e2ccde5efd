//! Printing: tables that line up, JSON for scripts, colours on terminals only.

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::{
    cli::Format,
    failure::Failure,
    view::{Closest, wall},
};

/// Style of headings.
pub(crate) const HEAD: Style = Style::new().bold();
/// Style of what is good.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Style of what needs attention.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Style of what is secondary.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Returns text in a style; the stream drops the style when it is no terminal.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints a value as JSON, or by the function that prints it for people.
pub(crate) fn print<T: Serialize>(format: Format, value: &T, human: impl FnOnce(&T)) -> Result<(), Failure> {
    match format {
        Format::Json => anstream::println!("{}", serde_json::to_string_pretty(value)?),
        Format::Table => human(value),
    }
    Ok(())
}

/// Prints how it ended, and why, in one line.
pub(crate) fn headline(done: bool, outcome: &str, whys: &[&str]) {
    let whys: Vec<_> = whys.iter().filter(|why| !why.is_empty()).map(|why| why.replace('_', " ")).collect();
    let outcome = styled(if done { GOOD } else { BAD }, &outcome.replace('_', " "));
    let joint = if whys.is_empty() { "" } else { ": " };
    anstream::println!("{outcome}{joint}{}", whys.join(", "));
}

/// Prints what comes closest to what was not to be had.
pub(crate) fn closest(list: &[Closest]) {
    if list.is_empty() {
        return;
    }
    let row = |closest: &Closest| {
        let slot = &closest.slot;
        let kind = closest.kind.replace('_', " ");
        [slot.slot_id.clone(), wall(&slot.start), slot.staff.clone(), slot.branch.clone(), kind]
    };
    anstream::println!();
    table(["closest", "start", "staff", "branch", "how"], &list.iter().map(row).collect::<Vec<_>>());
}

/// Prints rows under a heading, each column as wide as its widest cell.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heading[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    anstream::println!("{}", styled(HEAD, &line(&heading.map(str::to_owned), &widths)));
    for row in rows {
        anstream::println!("{}", line(row, &widths));
    }
    if rows.is_empty() {
        anstream::println!("{}", styled(DIM, "none"));
    }
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_umlauts() {
        let widths = [6, 3];
        assert_eq!(line(&["Jörg".into(), "a".into()], &widths), "Jörg    a");
        assert_eq!(line(&["Jorg".into(), "a".into()], &widths), "Jorg    a");
    }
}
