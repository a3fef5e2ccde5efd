//! The demo company: its catalog, and the key its webhooks are signed with.

use std::{fs, path::Path};

use anyhow::{Context as _, bail};
use callflow_contract::resolver::v1::{ApplyCatalogRequest, resolver_client::ResolverClient};
use callflow_domain::catalog::Catalog;
use uuid::Uuid;

/// The catalog every fresh clone comes with.
const CATALOG: &str = include_str!("../../../deploy/config/demo.yaml");
/// A catalog is larger than the four megabytes that gRPC allows by default.
const MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// Returns the demo catalog.
pub(crate) fn catalog() -> anyhow::Result<Catalog> {
    serde_saphyr::from_str(CATALOG).map_err(|error| anyhow::anyhow!("reading the demo catalog: {error}"))
}

/// Makes the fleet's catalog equal to the demo catalog and returns how many changes that took.
pub(crate) async fn apply(resolver: &str, catalog: &Catalog) -> anyhow::Result<usize> {
    let client = ResolverClient::connect(resolver.to_owned()).await.context("connecting to the resolver")?;
    let request = ApplyCatalogRequest { document_json: serde_json::to_string(catalog)?, dry_run: false };
    let answer = client.max_encoding_message_size(MESSAGE_BYTES).apply_catalog(request).await;
    let answer = answer.context("applying the demo catalog")?.into_inner();
    match answer.problems.first() {
        Some(problem) => bail!("the demo catalog is refused: {}: {}", problem.path, problem.message),
        None => Ok(answer.changes.len()),
    }
}

/// Returns the signing key of each company, making new ones where there are none yet.
pub(crate) fn signing_keys(folder: &Path, catalog: &Catalog) -> anyhow::Result<Vec<(String, String)>> {
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let one = |slug: &String| {
        let path = folder.join(slug);
        let stored = fs::read_to_string(&path).ok().and_then(|text| text.lines().next().map(str::to_owned));
        let key = stored.unwrap_or_else(|| format!("key_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()));
        fs::write(&path, format!("{key}\n")).with_context(|| format!("writing {}", path.display()))?;
        Ok((slug.clone(), key))
    };
    catalog.companies.iter().map(|company| one(&company.slug)).collect()
}
