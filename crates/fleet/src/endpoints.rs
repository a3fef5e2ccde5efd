//! Where everything of a running fleet is, for scripts: `.callflow/endpoints.json`.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// Every URL, port, token and key of a running fleet. Fields only ever grow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Endpoints {
    /// Process that keeps the fleet; a signal to stop goes there.
    pub pid: u32,
    /// The services by name.
    pub services: BTreeMap<String, Service>,
    /// The live dashboard, token included.
    pub dashboard: String,
    /// Bearer token of the dashboard.
    pub dashboard_token: String,
    /// URLs of Postgres by role.
    pub postgres: BTreeMap<String, String>,
    /// URL of Redis.
    pub redis: String,
    /// URLs of RabbitMQ by user.
    pub amqp: BTreeMap<String, String>,
    /// The companies by slug, with what is needed to place a call as the voice platform would.
    pub companies: BTreeMap<String, Company>,
}

/// One service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Service {
    /// Process id.
    pub pid: u32,
    /// URL of its HTTP server, if it has one.
    pub http: Option<String>,
    /// URL of its gRPC server, if it has one.
    pub grpc: Option<String>,
    /// URL of its admin server: `/livez`, `/readyz`, `/metrics`.
    pub admin: String,
    /// Its log.
    pub log: String,
}

/// One company.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Company {
    /// Key that signs its webhooks.
    pub signing_key: String,
    /// Its three webhooks.
    pub inbound: String,
    /// See `inbound`.
    pub events: String,
    /// See `inbound`.
    pub functions: String,
}

impl Endpoints {
    /// Reads the file.
    ///
    /// # Errors
    /// When there is no such file, or it is none of ours.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no endpoints file", path.display()))
    }

    /// Writes the file, readable by its owner only, whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let doing = || format!("writing {}", path.display());
        let draft = path.with_extension("draft");
        let _ = fs::remove_file(&draft);
        let file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&draft).with_context(doing)?;
        serde_json::to_writer_pretty(&file, self)?;
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o600)).with_context(doing)?;
        fs::rename(&draft, path).with_context(doing)
    }
}
