//! Free time as arithmetic alone: the measurement of the domain's example `slots`.

#[path = "../../../domain/examples/slots/made.rs"]
mod made;
#[path = "../../../domain/examples/slots/bench.rs"]
mod timing;

use anyhow::Context as _;

use crate::figure::Figure;

/// Returns the median microseconds for one person on one day, eight in two weeks and fifty in thirty days.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let of = |people, days| timing::figures(&made::workload(people, made::range(days)));
    let (small, usual, large) = (of(1, 1), of(8, 14), of(50, 30));
    let value = |figures: &serde_json::Map<String, serde_json::Value>, name: &str| {
        figures.get(name).and_then(serde_json::Value::as_f64).with_context(|| format!("{name} was not measured"))
    };
    Ok(vec![
        Figure::under("slots.w1_us", value(&small, "lists_from_rows_us")?, 1.0),
        Figure::under("slots.w2_us", value(&usual, "lists_from_rows_us")?, 10.0),
        Figure::under("slots.lists_50x30_us", value(&large, "lists_from_rows_us")?, 300.0),
        Figure::under("slots.union_50x30_us", value(&large, "union_warm_us")?, 20.0),
        Figure::under("slots.first_five_us", value(&large, "first_five_us")?, 1.0),
    ])
}
