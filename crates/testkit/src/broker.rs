//! A part of RabbitMQ for one test: a virtual host of its own.

use callflow_stack::{Control, Kinds};
use url::Url;

use crate::{PrivateStack, background, name, servers};

/// A virtual host nobody else uses, on the shared RabbitMQ; removed at the end with everything in it.
///
/// Made in about 20 ms. Tests that stop or kill RabbitMQ, or raise its alarms, start
/// [one of their own](Self::private) instead.
#[derive(Debug)]
pub struct TestBroker {
    url: String,
    vhost: String,
    control: Control,
}

impl TestBroker {
    /// Makes a virtual host; starts the shared servers if none are running.
    ///
    /// # Panics
    /// When there is no RabbitMQ on which virtual hosts can be made; the message says why.
    pub async fn start() -> Self {
        let (admin, control) = servers::rabbitmq().await;
        clear_left_overs(&control).await;
        let vhost = name::unique();
        let mut url = Url::parse(&admin).expect("the stack gives a URL");
        let made = control.add_vhost(&vhost, url.username()).await;
        made.unwrap_or_else(|error| panic!("no virtual host for the test: {}", servers::chain(&error)));
        url.set_path(&vhost);
        Self { url: url.into(), vhost, control }
    }

    /// Starts a RabbitMQ of its own, with `stop`, `start`, `kill`, `restart` and `control`.
    pub async fn private() -> PrivateStack {
        PrivateStack::start(Kinds::RABBITMQ).await
    }

    /// Returns the URL of the virtual host, for a user who may do everything in it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the name of the virtual host.
    #[must_use]
    pub fn vhost(&self) -> &str {
        &self.vhost
    }

    /// Returns each queue with the number of messages in it, delivered and unacknowledged ones included, by name.
    ///
    /// # Panics
    /// When the broker does not answer.
    pub async fn depths(&self) -> Vec<(String, u64)> {
        let depths = self.control.depths(&self.vhost).await;
        depths.unwrap_or_else(|error| panic!("reading the queues: {}", servers::chain(&error)))
    }
}

impl Drop for TestBroker {
    fn drop(&mut self) {
        // A broker that is gone has no virtual host left; one that refuses keeps it until a later test.
        let _ = background::finish(self.control.delete_vhost(&self.vhost));
    }
}

/// Removes virtual hosts of processes that were killed before they could.
async fn clear_left_overs(control: &Control) {
    for vhost in control.vhosts().await.unwrap_or_default() {
        if name::is_left_over(&vhost) {
            // Another test may be removing it right now.
            let _ = control.delete_vhost(&vhost).await;
        }
    }
}
