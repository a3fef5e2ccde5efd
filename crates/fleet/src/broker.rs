//! What an installer does on the broker: exchange, queues, and a user per service with the least it needs.

use anyhow::Context as _;
use callflow_queue::{
    Endpoint, Topology,
    topology::{Definitions, OPERATOR, Secret, USERS, VHOST},
};
use callflow_stack::RabbitMq;
use url::Url;
use uuid::Uuid;

/// Makes exchange and queues, takes from the services' users what they do not need, and returns the operator's URL.
///
/// On a broker that was given by its URL the users are its owner's business: everybody, the operator too, is the given one.
///
/// # Errors
/// When the broker refuses, or has queues of another shape.
pub(crate) async fn prepare(broker: &RabbitMq) -> anyhow::Result<String> {
    let admin = broker.admin_url();
    let mut operator = Url::parse(&admin).context("reading the broker's address")?;
    if broker.control().is_ok() {
        let secret = Uuid::new_v4().simple().to_string();
        let services = Definitions::new(Topology::new(), VHOST);
        let services = USERS.iter().fold(services, |file, user| file.known_user(user.name));
        let file = services.user(OPERATOR, Secret::Password(secret.clone()));
        broker.apply_definitions(file.to_json().as_bytes()).await.context("giving the services their rights")?;
        operator.set_username(OPERATOR).ok().context("naming the operator")?;
        operator.set_password(Some(&secret)).ok().context("naming the operator")?;
    }
    // Checked also where the file has just made them: a queue of a former release may have another shape.
    let endpoint = Endpoint::parse(&admin).context("reading the broker's address")?;
    Topology::new().declare(&endpoint).await.context("declaring exchange and queues")?;
    Ok(operator.into())
}
