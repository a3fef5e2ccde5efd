//! `callflowctl apply`, `export` and `schema`: the catalog as a file.

use std::{path::Path, process::ExitCode};

use callflow_contract::resolver::v1::{ApplyCatalogRequest, CatalogChange, ExportCatalogRequest};
use callflow_domain::catalog::{self, Catalog, Problem, schema};
use serde::Serialize;
use serde_json::Value;

use crate::{
    cli::{Apply, Export, Format},
    connect::Fleet,
    document::{self, Document},
    failure::Failure,
    output::{self, BAD, DIM, GOOD, styled},
};

/// Longest value shown in a difference; the rest can be seen with `-o json`.
const SHOWN: usize = 60;

#[derive(Serialize)]
struct View {
    dry_run: bool,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    path: String,
    change: String,
    before: Value,
    after: Value,
}

/// A mistake with its place in the file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Found {
    line: Option<u64>,
    column: Option<u64>,
    file: String,
    field: String,
    message: String,
}

/// Makes the stored catalog equal to a file, or shows what that would change. Exit code 1 when the file is refused.
pub(crate) async fn apply(fleet: &Fleet, format: Format, args: Apply) -> Result<ExitCode, Failure> {
    let name = args.file.display().to_string();
    let text = document::read(&args.file).map_err(|error| Failure::Usage(format!("reading {name}: {error}")))?;
    let document = match check(&args.file, &text) {
        Ok(document) => document,
        Err(found) => return refuse(format, &found),
    };
    let request = ApplyCatalogRequest { document_json: document.value.to_string(), dry_run: args.dry_run };
    let answer = fleet.catalog().await?.apply_catalog(request).await?.into_inner();
    if !answer.problems.is_empty() {
        let problems = answer.problems.into_iter().map(|one| Problem { path: one.path, message: one.message });
        return refuse(format, &placed(&args.file, &document, problems.collect()));
    }
    let view = View { dry_run: args.dry_run, changes: answer.changes.into_iter().map(change).collect() };
    output::print(format, &view, human)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the document in the file, or all that is wrong with it as far as that can be said without asking anybody.
fn check(file: &Path, text: &str) -> Result<Document, Vec<Found>> {
    let document = Document::parse(text).map_err(|error| {
        let (line, column) = (error.place.map(|place| place.line), error.place.map(|place| place.column));
        let file = file.display().to_string();
        vec![Found { line, column, file, field: String::new(), message: error.message }]
    })?;
    match catalog::check(&document.value.to_string()) {
        Ok(_) => Ok(document),
        Err(problems) => Err(placed(file, &document, problems)),
    }
}

/// Returns the problems with their places, in the order of the file.
fn placed(file: &Path, document: &Document, problems: Vec<Problem>) -> Vec<Found> {
    let locate = |problem: Problem| {
        let place = document.place(&problem.path);
        Found {
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            file: file.display().to_string(),
            field: problem.path,
            message: problem.message,
        }
    };
    let mut found: Vec<Found> = problems.into_iter().map(locate).collect();
    found.sort();
    found
}

fn refuse(format: Format, found: &Vec<Found>) -> Result<ExitCode, Failure> {
    output::print(format, found, |found| {
        for one in found {
            let place = match (one.line, one.column) {
                (Some(line), Some(column)) => format!("{}:{line}:{column}", one.file),
                _ => one.file.clone(),
            };
            let field = if one.field.is_empty() { String::new() } else { format!("{}: ", one.field) };
            anstream::println!("{}: {field}{}", styled(BAD, &place), one.message);
        }
        let count = found.len();
        anstream::println!("{count} {}; nothing was applied", if count == 1 { "problem" } else { "problems" });
    })?;
    Ok(ExitCode::from(1))
}

fn change(wire: CatalogChange) -> Change {
    let value = |json: &str| serde_json::from_str(json).unwrap_or(Value::Null);
    Change { before: value(&wire.before_json), after: value(&wire.after_json), path: wire.path, change: wire.change }
}

fn human(view: &View) {
    let short = |value: &Value| {
        let text = value.to_string();
        let cut: String = text.chars().take(SHOWN).collect();
        if cut.len() < text.len() { format!("{cut}…") } else { cut }
    };
    for one in &view.changes {
        let (before, after) = (short(&one.before), short(&one.after));
        match one.change.as_str() {
            "added" => anstream::println!("{} {}  {}", styled(GOOD, "+"), one.path, styled(DIM, &after)),
            "removed" => anstream::println!("{} {}  {}", styled(BAD, "-"), one.path, styled(DIM, &before)),
            _ => anstream::println!("~ {}  {} → {after}", one.path, styled(DIM, &before)),
        }
    }
    let told = match (view.changes.len(), view.dry_run) {
        (0, _) => "nothing to change: the catalog is like this already".to_owned(),
        (1, true) => "1 change; dry run, nothing was applied".to_owned(),
        (1, false) => "1 change applied".to_owned(),
        (count, true) => format!("{count} changes; dry run, nothing was applied"),
        (count, false) => format!("{count} changes applied"),
    };
    anstream::println!("{told}");
}

/// Prints the stored catalog of one company, or of all, as a file that applies to itself without a change.
pub(crate) async fn export(fleet: &Fleet, format: Format, args: Export) -> Result<ExitCode, Failure> {
    let company = if args.all { String::new() } else { fleet.company()? };
    let answer = fleet.catalog().await?.export_catalog(ExportCatalogRequest { company }).await?.into_inner();
    let catalog: Catalog = serde_json::from_str(&answer.document_json)?;
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&catalog)? + "\n",
        Format::Table => yaml(&catalog)?,
    };
    match args.file {
        None => anstream::print!("{text}"),
        Some(path) => std::fs::write(&path, text)
            .map_err(|error| Failure::Usage(format!("writing {}: {error}", path.display())))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns a catalog as YAML.
fn yaml(catalog: &Catalog) -> Result<String, Failure> {
    serde_saphyr::to_string(catalog)
        .map_err(|error| Failure::Refused(format!("the catalog cannot be written: {error}")))
}

/// Prints the JSON schema of catalog files, for editors.
pub(crate) fn print_schema() -> Result<ExitCode, Failure> {
    anstream::println!("{}", serde_json::to_string_pretty(&schema())?);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use callflow_domain::catalog::read;

    use super::*;

    const DEMO: &str = include_str!("../../../../deploy/config/demo.yaml");

    fn found(yaml: &str) -> Vec<String> {
        let found = check(Path::new("catalog.yaml"), yaml).unwrap_err();
        let line = |one: &Found| format!("{}:{} {}", one.file, one.line.unwrap_or(0), one.field);
        found.iter().map(line).collect()
    }

    #[test]
    fn mistakes_are_told_with_file_line_and_field_all_at_once() {
        let yaml = "\
companies:
  - slug: a
    name: A
    default_language: de
    time_zone: Europe/Berlin
    default_branch: nowhere
    branches:
      - slug: b
        name: B
        fallback: b
        time_zone: Mars/Olympus
    phone_numbers:
      - { number: \"+493023125100\", branch: b }
      - { number: \"030 23125100\", branch: c }
";
        let field = |line: u32, rest: &str| format!("catalog.yaml:{line} companies[0].{rest}");
        assert_eq!(
            found(yaml),
            [
                field(6, "default_branch"),
                field(10, "branches[0].fallback"),
                field(11, "branches[0].time_zone"),
                field(14, "phone_numbers[1].number"),
                field(14, "phone_numbers[1].branch"),
            ]
        );
        let misspelled = yaml.replace("default_branch: nowhere", "default_branche: b");
        assert_eq!(
            found(&misspelled)[..2],
            [field(6, "default_branche"), field(10, "branches[0].fallback")],
            "what makes no sense is told together with what does not exist"
        );
        let unknown = yaml.replace("fallback: b", "fall_back: b").replace("slug: a", "slag: a");
        assert_eq!(found(&unknown), [field(2, "slag"), field(2, "slug"), field(10, "branches[0].fall_back")]);
        assert_eq!(found("companies:\n  - [\n"), ["catalog.yaml:2 "]);
    }

    #[test]
    fn the_demo_catalog_survives_export() {
        let document = check(Path::new("demo.yaml"), DEMO).unwrap();
        let catalog = read(&document.value.to_string()).unwrap().canonical();
        let exported = yaml(&catalog).unwrap();
        let again = check(Path::new("export.yaml"), &exported).unwrap();
        assert_eq!(read(&again.value.to_string()).unwrap(), catalog);
    }

    #[test]
    fn the_schema_beside_the_demo_catalog_is_current() {
        let kept = include_str!("../../../../deploy/config/catalog.schema.json");
        let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        assert!(kept == current, "renew it: callflowctl schema > deploy/config/catalog.schema.json");
    }
}
