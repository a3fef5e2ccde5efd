//! Reading a document and checking what it says, with everything that is wrong told at once.

use serde_json::Value;

use super::{Catalog, Problem, read, shape::NO_FIELD, validate};

/// Reads a catalog from JSON text and checks what it says.
///
/// # Errors
/// Everything in which the document departs from the form of catalogs, and everything that does not make sense. What it
/// says is checked as far as its form allows: fields that do not exist are in nobody's way, missing ones are.
pub fn check(json: &str) -> Result<Catalog, Vec<Problem>> {
    let mut problems = match read(json) {
        Ok(catalog) => {
            let problems = validate(&catalog);
            return if problems.is_empty() { Ok(catalog) } else { Err(problems) };
        }
        Err(problems) => problems,
    };
    if let Some(catalog) = known_part(json, &problems) {
        problems.extend(validate(&catalog));
    }
    Err(problems)
}

/// Returns the document without the fields that do not exist; nothing when more is wrong with its form.
fn known_part(json: &str, problems: &[Problem]) -> Option<Catalog> {
    if !problems.iter().all(|problem| problem.message.starts_with(NO_FIELD)) {
        return None;
    }
    let mut document: Value = serde_json::from_str(json).ok()?;
    for problem in problems {
        let (above, name) = problem.path.rsplit_once('.').unwrap_or(("", &problem.path));
        let pointer = above.replace('[', "/").replace(']', "").replace('.', "/");
        let pointer = if pointer.is_empty() { pointer } else { format!("/{pointer}") };
        document.pointer_mut(&pointer)?.as_object_mut()?.remove(name)?;
    }
    serde_json::from_value(document).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(json: &str) -> Vec<String> {
        check(json).unwrap_err().into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn misspelled_fields_and_what_makes_no_sense_are_told_together() {
        let json = r#"{"companys": 1, "companies": [{"slug": "a", "name": "A", "default_language": "de", "colour": 7,
            "time_zone": "Mars", "branches": [{"slug": "b", "name": "B", "fallback": "c", "adress": {"x": []}}]}]}"#;
        assert_eq!(
            paths(json),
            [
                "companies[0].branches[0].adress",
                "companies[0].colour",
                "companys",
                "companies[0].time_zone",
                "companies[0].branches[0].fallback",
            ]
        );
    }

    #[test]
    fn a_form_that_cannot_be_read_is_all_that_is_told() {
        let missing = r#"{"companies": [{"slug": "a", "default_language": "de", "time_zone": "Mars", "x.y": 1}]}"#;
        assert_eq!(paths(missing), ["companies[0].name", "companies[0].x.y"]);
        assert_eq!(paths("{"), [""]);
    }
}
