//! Changing the broker itself, through Erlang's own remote call.
//!
//! `rabbitmqctl` starts a whole Erlang machine for each command, a second or more; `erl_call` is a small
//! program that connects and asks, in a few milliseconds. It reads the cookie from its home folder, so that
//! no secret is seen in the list of processes.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{io::AsyncWriteExt, process::Command, time};
use uuid::Uuid;

use crate::error::Error;

/// No question takes this long, unless the broker hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The way to a broker of ours; can be handed to other processes of the same account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    erl_call: PathBuf,
    home: PathBuf,
    port: u16,
}

impl Control {
    pub(super) fn new(erl_call: PathBuf, home: PathBuf, port: u16) -> Self {
        Self { erl_call, home, port }
    }

    /// Creates a virtual host in which `user` may do everything.
    pub async fn add_vhost(&self, name: &str, user: &str) -> Result<(), Error> {
        let doing = "creating a virtual host";
        let (name, user) = (binary(doing, name)?, binary(doing, user)?);
        let by = "<<\"callflow-stack\">>";
        let all = "<<\".*\">>";
        self.eval(
            doing,
            &format!(
                "rabbit_vhost:add({name}, {by}), \
                 rabbit_auth_backend_internal:set_permissions({user}, {name}, {all}, {all}, {all}, {by})."
            ),
        )
        .await
        .map(|_| ())
    }

    /// Removes a virtual host with everything in it.
    pub async fn delete_vhost(&self, name: &str) -> Result<(), Error> {
        let doing = "removing a virtual host";
        let name = binary(doing, name)?;
        self.eval(doing, &format!("rabbit_vhost:delete({name}, <<\"callflow-stack\">>).")).await.map(|_| ())
    }

    /// Returns the names of all virtual hosts.
    pub async fn vhosts(&self) -> Result<Vec<String>, Error> {
        let joined = "binary_to_list(iolist_to_binary(lists:join(<<\",\">>, rabbit_vhost:list_names()))).";
        let answer = self.eval("listing virtual hosts", joined).await?;
        Ok(answer.trim_matches('"').split(',').map(ToOwned::to_owned).collect())
    }

    /// Returns each queue of a virtual host with the number of messages in it, delivered and not acknowledged ones
    /// included, sorted by name.
    pub async fn depths(&self, vhost: &str) -> Result<Vec<(String, u64)>, Error> {
        let doing = "reading queues";
        let vhost = binary(doing, vhost)?;
        // What a quorum queue reports of itself is up to five seconds old, so its leader is asked: by a function or, since 4.3, by
        // its name.
        let expression = format!(
            "Ask = fun(P) -> try ra:leader_query(P, fun rabbit_fifo:query_messages_total/1) \
                 catch error:function_clause -> ra:leader_query(P, {{rabbit_fifo, query_messages_total, []}}) end end, \
             Depth = fun(Q) -> case amqqueue:get_type(Q) of \
                 rabbit_quorum_queue -> {{ok, {{_, N}}, _}} = Ask(amqqueue:get_pid(Q)), N; \
                 _ -> [{{messages, N}}] = rabbit_amqqueue:info(Q, [messages]), N end end, \
             Name = fun(Q) -> {{resource, _, _, Name}} = amqqueue:get_name(Q), Name end, \
             Lines = [[Name(Q), 9, integer_to_binary(Depth(Q)), 10] || Q <- rabbit_amqqueue:list({vhost})], \
             binary_to_list(binary:encode_hex(iolist_to_binary(Lines)))."
        );
        let answer = self.eval(doing, &expression).await?;
        let unreadable = || Error::Broker { doing, answer: answer.clone() };
        // In hexadecimal digits, because names of queues may hold anything; an empty list has no quotes.
        let text = hex::decode(answer.trim_matches(['"', '[', ']'])).map_err(|_| unreadable())?;
        let text = String::from_utf8_lossy(&text);
        let line =
            |line: &str| line.rsplit_once('\t').and_then(|(name, depth)| Some((name.to_owned(), depth.parse().ok()?)));
        let mut depths = text.lines().map(line).collect::<Option<Vec<_>>>().ok_or_else(unreadable)?;
        depths.sort();
        Ok(depths)
    }

    /// Raises or ends the alarm of a full disk: while it lasts, publishers are blocked.
    pub async fn set_disk_alarm(&self, on: bool) -> Result<(), Error> {
        let alarm = "{{resource_limit, disk, node()}, []}";
        let change = match on {
            true => format!("rabbit_alarm:set_alarm({alarm})."),
            false => "rabbit_alarm:clear_alarm({resource_limit, disk, node()}).".to_owned(),
        };
        self.eval("changing the disk alarm", &change).await.map(|_| ())
    }

    /// Closes every connection from the broker's side, as an operator would.
    pub async fn close_connections(&self) -> Result<(), Error> {
        let close =
            "[rabbit_networking:close_connection(C, \"closed by a test\") || C <- rabbit_networking:connections()].";
        self.eval("closing connections", close).await.map(|_| ())
    }

    /// Imports a definitions file.
    pub(super) async fn import(&self, path: &Path) -> Result<(), Error> {
        let doing = "importing definitions";
        let path = path.to_str().filter(|path| !path.contains(['"', '\\'])).ok_or_else(|| Error::Broker {
            doing,
            answer: "the path of the stack's folder must be plain text".to_owned(),
        })?;
        let import = format!("{{ok, B}} = file:read_file(\"{path}\"), ok = rabbit_definitions:import_raw(B).");
        self.eval(doing, &import).await.map(|_| ())
    }

    /// Evaluates Erlang expressions in the broker and returns the last one's value as text.
    ///
    /// Names and texts from elsewhere must not be put into `expression`.
    pub async fn eval(&self, doing: &'static str, expression: &str) -> Result<String, Error> {
        let answer = time::timeout(PATIENCE, self.ask(expression)).await;
        let refused = |answer: String| Error::Broker { doing, answer };
        let answer = answer.map_err(|_| refused("no answer".to_owned()))?;
        let answer = answer.map_err(|error| refused(error.to_string()))?;
        match answer.strip_prefix("{ok, ").and_then(|rest| rest.strip_suffix('}')) {
            Some(value) => Ok(value.to_owned()),
            None => Err(refused(answer)),
        }
    }

    async fn ask(&self, expression: &str) -> std::io::Result<String> {
        let mut command = Command::new(&self.erl_call);
        // Two callers of the same name would be taken for one; erl_call's own random names repeat within a second.
        let caller = format!("cf{}", Uuid::new_v4().simple());
        command.env("HOME", &self.home).args(["-e", "-h", &caller, "-address", &format!("127.0.0.1:{}", self.port)]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        if let Some(mut stdin) = stdin {
            // A call that could not connect has closed its input; its output says why.
            let _ = stdin.write_all(format!("{expression}\n").as_bytes()).await;
        }
        let output = child.wait_with_output().await?;
        let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }
}

/// Returns `name` as an Erlang binary; names with other characters than these are refused.
fn binary(doing: &'static str, name: &str) -> Result<String, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(plain) {
        let answer = format!("{name:?} is not a name of letters, digits, '_', '-' and '.'");
        return Err(Error::Broker { doing, answer });
    }
    Ok(format!("<<\"{name}\">>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_end_the_expression_are_refused() {
        assert_eq!(binary("x", "cf-1_a").unwrap(), "<<\"cf-1_a\">>");
        for name in ["", "a\">>, halt().", "ä", "a b"] {
            assert!(binary("x", name).is_err(), "{name}");
        }
    }
}
