//! Reading a document and checking what it says, with everything that is wrong told at once.

use serde_json::Value;

use super::{Catalog, Problem, read, shape::NO_FIELD, validate};

/// Fields whose absence is told and need not hide what else is wrong, with what stands in for them.
const STAND_INS: [(&str, &str); 3] = [("name", "?"), ("default_language", "de"), ("time_zone", "UTC")];

/// Reads a catalog from JSON text and checks what it says.
///
/// # Errors
/// Everything in which the document departs from the form of catalogs, and everything that does not make sense. What it
/// says is checked as far as its form allows: fields that do not exist and names that are missing are in nobody's way.
pub fn check(json: &str) -> Result<Catalog, Vec<Problem>> {
    let mut problems = match read(json) {
        Ok(catalog) => {
            let problems = validate(&catalog);
            return if problems.is_empty() { Ok(catalog) } else { Err(problems) };
        }
        Err(problems) => problems,
    };
    if let Some(catalog) = known_part(json, &problems) {
        let mut more = validate(&catalog);
        more.retain(|one| problems.iter().all(|told| told.path != one.path));
        problems.append(&mut more);
    }
    Err(problems)
}

/// Returns the document without the fields that do not exist, and with stand-ins for those that are missing; nothing when
/// more is wrong with its form.
fn known_part(json: &str, problems: &[Problem]) -> Option<Catalog> {
    let mut document: Value = serde_json::from_str(json).ok()?;
    for problem in problems {
        let (above, name) = problem.path.rsplit_once('.').unwrap_or(("", &problem.path));
        let pointer = above.replace('[', "/").replace(']', "").replace('.', "/");
        let pointer = if pointer.is_empty() { pointer } else { format!("/{pointer}") };
        let fields = document.pointer_mut(&pointer)?.as_object_mut()?;
        if problem.message.starts_with(NO_FIELD) {
            fields.remove(name)?;
        } else {
            // A field that is there is of the wrong kind: what was meant is not known.
            let (_, stand_in) = STAND_INS.iter().find(|(field, _)| *field == name && !fields.contains_key(name))?;
            fields.insert(name.to_owned(), Value::from(*stand_in));
        }
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
    fn a_missing_name_hides_nothing_and_is_told_once() {
        let json = r#"{"companies": [{"slug": "a", "nam": "A", "languages": ["en"], "time_zone": "Mars"}]}"#;
        assert_eq!(
            paths(json),
            ["companies[0].name", "companies[0].default_language", "companies[0].nam", "companies[0].time_zone",]
        );
    }

    #[test]
    fn a_form_that_cannot_be_read_is_all_that_is_told() {
        for (more, path) in [
            (r#""x.y": 1"#, "companies[0].x.y"),
            (r#""branches": {}"#, "companies[0].branches"),
            (r#""name": 7"#, "companies[0].name"),
        ] {
            let json =
                format!(r#"{{"companies": [{{"slug": "a", "default_language": "de", "time_zone": "Mars", {more}}}]}}"#);
            let found = paths(&json);
            assert!(found.iter().any(|one| one == path) && !found.iter().any(|one| one.ends_with("zone")), "{found:?}");
        }
        assert_eq!(paths("{"), [""]);
    }
}
