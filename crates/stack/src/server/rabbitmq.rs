//! RabbitMQ: a broker of our own with one virtual host and a user per service.

mod control;
mod definitions;
mod home;
mod recipe;

use std::{ops::Deref, path::PathBuf, sync::Arc};

use callflow_store::role::Role;
pub use control::Control;
use recipe::RabbitRecipe;
use url::Url;

use super::{Run, Server, Source};
use crate::{error::Error, secret::password_for};

/// Name of the administrator of brokers made here.
pub(crate) const ADMIN: &str = "callflow_admin";

/// Name of the virtual host the services use.
pub(crate) const VHOST: &str = "callflow";

/// The stack's RabbitMQ; dereferences to [`Server`] for stopping and starting.
pub struct RabbitMq {
    server: Server,
    access: Access,
    ours: Option<(Control, Arc<Run>)>,
}

/// How clients log in.
enum Access {
    /// Each service as a user of its own.
    Ours { port: u16, secret: String },
    /// Everybody with the same URL.
    Given(Url),
}

impl RabbitMq {
    pub(crate) async fn open(
        source: Source<(PathBuf, PathBuf)>,
        run: &Arc<Run>,
        wanted: Option<u16>,
    ) -> Result<Self, Error> {
        let (script, erl_call) = match source {
            Source::Given(url) => {
                return Ok(Self { server: Server::given("rabbitmq"), access: Access::Given(url), ours: None });
            }
            Source::Own(programs) => programs,
        };
        let recipe = RabbitRecipe::new(script, erl_call.clone());
        let server = Server::create(Box::new(recipe), run.clone(), wanted).await?;
        let access = Access::Ours { port: server.port().unwrap_or_default(), secret: run.secret.clone() };
        let distribution = server.ports().get(1).copied().unwrap_or_default();
        let control = Control::new(erl_call, run.folder.server("rabbitmq"), distribution);
        Ok(Self { server, access, ours: Some((control, run.clone())) })
    }

    /// Returns the URL for a service's user, password included. The owner has no user: it gets the administrator's.
    #[must_use]
    pub fn url(&self, role: Role) -> String {
        match (&self.access, role) {
            (Access::Ours { .. }, Role::Owner) => self.admin_url(),
            (Access::Ours { port, secret }, role) => amqp(role.name(), &password_for(secret, role.name()), *port),
            (Access::Given(url), _) => url.to_string(),
        }
    }

    /// Returns the administrator's URL, password included.
    #[must_use]
    pub fn admin_url(&self) -> String {
        match &self.access {
            Access::Ours { port, secret } => amqp(ADMIN, secret, *port),
            Access::Given(url) => url.to_string(),
        }
    }

    /// Returns the means to change the broker itself: virtual hosts, alarms, definitions.
    pub fn control(&self) -> Result<&Control, Error> {
        self.ours.as_ref().map(|(control, _)| control).ok_or(Error::NotOurs { server: "rabbitmq" })
    }

    /// Imports a definitions file (JSON, as RabbitMQ exports it) now and at each later start, after the stack's own:
    /// permissions in it replace the full rights every service has by default.
    pub async fn apply_definitions(&self, json: &[u8]) -> Result<(), Error> {
        let (control, run) = self.ours.as_ref().ok_or(Error::NotOurs { server: "rabbitmq" })?;
        let path = definitions::write_applied(run, json)?;
        control.import(&path).await
    }

    pub(crate) fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }
}

impl Deref for RabbitMq {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl std::fmt::Debug for RabbitMq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RabbitMq").field("server", &self.server).field("access", &self.access).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Access {
    /// Leaves the passwords out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ours { port, .. } => write!(f, "Ours({port})"),
            Self::Given(url) => write!(f, "Given({})", url.host_str().unwrap_or_default()),
        }
    }
}

fn amqp(user: &str, password: &str, port: u16) -> String {
    format!("amqp://{user}:{password}@127.0.0.1:{port}/{VHOST}")
}
