//! The fleet that is measured: real servers and services, started when the first group needs them.

use std::path::PathBuf;

use anyhow::Context as _;
use callflow_fleet::{Endpoints, Fleet, Options};
use tokio::sync::OnceCell;

/// Servers and services for the groups; ends with the run.
pub(crate) struct World {
    folder: PathBuf,
    fleet: OnceCell<Fleet>,
}

impl World {
    /// Keeps its data in `folder`; starts nothing yet.
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder, fleet: OnceCell::const_new() }
    }

    /// Returns the folder for what is measured.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Returns the running fleet with the demo company.
    pub(crate) async fn fleet(&self) -> anyhow::Result<&Fleet> {
        let start = async || {
            std::fs::create_dir_all(&self.folder).with_context(|| format!("creating {}", self.folder.display()))?;
            let options = Options { test: true, ..Options::new(self.folder.canonicalize()?)? };
            Fleet::start(options).await
        };
        self.fleet.get_or_try_init(start).await
    }

    /// Returns where everything of the fleet is.
    pub(crate) async fn endpoints(&self) -> anyhow::Result<&Endpoints> {
        Ok(self.fleet().await?.endpoints())
    }

    /// Returns the gRPC address of a service.
    pub(crate) async fn grpc(&self, service: &str) -> anyhow::Result<String> {
        let found = self.endpoints().await?.services.get(service).and_then(|service| service.grpc.clone());
        found.with_context(|| format!("{service} serves no gRPC"))
    }

    /// Stops what was started.
    pub(crate) async fn stop(self) {
        if let Some(fleet) = self.fleet.into_inner() {
            fleet.stop().await;
        }
    }
}
