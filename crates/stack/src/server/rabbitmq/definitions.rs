//! The users, the virtual host and the rights RabbitMQ reads at each start.

use std::path::{Path, PathBuf};

use callflow_store::role::Role;
use serde_json::{Value, json};

use super::{ADMIN, VHOST};
use crate::{error::Error, secret::password_for, server::Run};

/// Returns the folder whose files RabbitMQ reads in the order of their names.
pub(super) fn folder(dir: &Path) -> PathBuf {
    dir.join("definitions")
}

/// Writes the stack's own definitions.
pub(super) fn write_own(run: &Run, dir: &Path) -> Result<(), Error> {
    let text = own(&run.secret).to_string();
    run.folder.give_folder(&folder(dir))?;
    run.folder.give_file(&folder(dir).join("10-callflow.json"), text.as_bytes())
}

/// Writes definitions of somebody else, to be read after ours.
pub(super) fn write_applied(run: &Run, json: &[u8]) -> Result<PathBuf, Error> {
    let path = folder(&run.folder.server("rabbitmq")).join("20-applied.json");
    run.folder.give_file(&path, json)?;
    Ok(path)
}

fn own(secret: &str) -> Value {
    let service = |role: Role| (role.name(), password_for(secret, role.name()), "");
    let accounts = [(ADMIN, secret.to_owned(), "administrator")].into_iter().chain(Role::SERVICES.map(service));
    let users: Vec<_> =
        accounts.map(|(name, password, tags)| json!({ "name": name, "password": password, "tags": tags })).collect();
    let permission =
        |user: &Value| json!({ "user": user["name"], "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*" });
    let permissions: Vec<_> = users.iter().map(permission).collect();
    json!({ "vhosts": [{ "name": VHOST }], "users": users, "permissions": permissions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_a_user_with_a_password_of_its_own() {
        let text = own("root");
        let users = text["users"].as_array().unwrap();
        assert_eq!(users.len(), 1 + Role::SERVICES.len());
        let passwords: std::collections::HashSet<_> =
            users.iter().map(|user| user["password"].as_str().unwrap()).collect();
        assert_eq!(passwords.len(), users.len());
        assert_eq!(text["permissions"].as_array().unwrap().len(), users.len());
    }
}
