//! The broker's definitions file, for `rabbitmqctl import_definitions` or `load_definitions`, from the same constants
//! the services use.

use std::{collections::BTreeMap, fmt};

use base64::Engine;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    OPERATOR, SUBSCRIPTIONS, Topology, USERS,
    permission::{Permission, operator_permission},
    plan::{Argument, Plan},
};

/// How a user proves itself to the broker. Prints masked.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The password itself; only its salted hash goes into the file.
    Password(String),
    /// A hash made before, as in an exported file: base64 of a 4-byte salt and SHA-256 of salt and password.
    Hash(String),
}

impl Secret {
    fn hash(&self) -> String {
        match self {
            Self::Hash(hash) => hash.clone(),
            Self::Password(password) => hash_with(rand::random(), password),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

fn hash_with(salt: [u8; 4], password: &str) -> String {
    let digest = Sha256::new().chain_update(salt).chain_update(password).finalize();
    base64::engine::general_purpose::STANDARD.encode([&salt[..], &digest[..]].concat())
}

/// A definitions file in the making.
#[derive(Debug, Clone)]
pub struct Definitions {
    topology: Topology,
    vhost: String,
    users: BTreeMap<String, Option<Secret>>,
}

impl Definitions {
    /// Begins a file for `vhost`, without users.
    #[must_use]
    pub fn new(topology: Topology, vhost: impl Into<String>) -> Self {
        Self { topology, vhost: vhost.into(), users: BTreeMap::new() }
    }

    /// Adds one of the users in [`USERS`], or the [`OPERATOR`]. Users not added are left out with their permissions,
    /// because the broker refuses a file that gives rights to nobody.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, secret: Secret) -> Self {
        self.users.insert(name.into(), Some(secret));
        self
    }

    /// Adds the rights of a user that the broker knows already.
    #[must_use]
    pub fn known_user(mut self, name: impl Into<String>) -> Self {
        self.users.insert(name.into(), None);
        self
    }

    /// Returns the file's contents.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Plan { exchanges, queues, bindings } = self.topology.plan(&SUBSCRIPTIONS);
        let vhost = &self.vhost;
        let exchange = |plan: super::plan::ExchangePlan| {
            json!({"name": plan.name, "vhost": vhost, "type": plan.kind, "durable": true, "auto_delete": false,
                   "internal": false, "arguments": {}})
        };
        let queue = |plan: super::plan::QueuePlan| {
            json!({"name": plan.name, "vhost": vhost, "durable": true, "auto_delete": false,
                   "arguments": arguments(&plan.arguments)})
        };
        let binding = |plan: super::plan::BindingPlan| {
            json!({"source": plan.source, "vhost": vhost, "destination": plan.queue, "destination_type": "queue",
                   "routing_key": plan.key, "arguments": {}})
        };
        let file = json!({
            "users": self.users(),
            "vhosts": [{"name": vhost}],
            "permissions": self.permissions(),
            "topic_permissions": self.topic_permissions(),
            "exchanges": exchanges.into_iter().map(exchange).collect::<Vec<_>>(),
            "queues": queues.into_iter().map(queue).collect::<Vec<_>>(),
            "bindings": bindings.into_iter().map(binding).collect::<Vec<_>>(),
        });
        format!("{file:#}\n")
    }

    fn users(&self) -> Vec<Value> {
        let user = |(name, secret): (&String, &Option<Secret>)| {
            let hash = secret.as_ref()?.hash();
            Some(json!({"name": name, "password_hash": hash, "tags": "",
                        "hashing_algorithm": "rabbit_password_hashing_sha256"}))
        };
        self.users.iter().filter_map(user).collect()
    }

    fn permissions(&self) -> Vec<Value> {
        let services = USERS.iter().map(|user| (user.name, user.permission(&self.topology)));
        let everyone = services.chain([(OPERATOR, operator_permission(&self.topology))]);
        let permission = |(name, Permission { configure, write, read }): (&str, Permission)| json!({"user": name, "vhost": self.vhost, "configure": configure, "write": write, "read": read});
        everyone.filter(|(name, _)| self.users.contains_key(*name)).map(permission).collect()
    }

    fn topic_permissions(&self) -> Vec<Value> {
        let present = USERS.iter().filter(|user| self.users.contains_key(user.name));
        let permission = |user: &super::User| {
            let (write, read) = user.topic_permission();
            json!({"user": user.name, "vhost": self.vhost, "exchange": self.topology.exchange(),
                   "write": write, "read": read})
        };
        present.map(permission).collect()
    }
}

fn arguments(arguments: &[(&'static str, Argument)]) -> Map<String, Value> {
    let value = |argument: &Argument| match argument {
        Argument::Text(text) => json!(text),
        Argument::Number(number) => json!(number),
    };
    arguments.iter().map(|(name, argument)| ((*name).to_owned(), value(argument))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hashed_as_the_broker_does() {
        // The example of RabbitMQ's own documentation: salt 908DC60A, password test12.
        let expected = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR";
        assert_eq!(hash_with([0x90, 0x8D, 0xC6, 0x0A], "test12"), expected);
    }

    #[test]
    fn the_file_gives_rights_only_to_users_it_has() {
        let file = Definitions::new(Topology::new(), "callflow").user("callflow_ingress", Secret::Hash("x".into()));
        let file = file.known_user("callflow_booking");
        let file: Value = serde_json::from_str(&file.to_json()).unwrap();
        let count = |part: &str| file[part].as_array().map(Vec::len);
        assert_eq!((count("users"), count("permissions"), count("topic_permissions")), (Some(1), Some(2), Some(2)));
        assert_eq!(file["queues"].as_array().map(Vec::len), Some(40));
    }

    #[test]
    fn secrets_do_not_print() {
        let file = Definitions::new(Topology::new(), "callflow").user("a", Secret::Password("s3cret".into()));
        assert!(!format!("{file:?}").contains("s3cret") && !file.to_json().contains("s3cret"));
    }
}
