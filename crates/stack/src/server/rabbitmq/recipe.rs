//! How our own RabbitMQ is configured and started.
//!
//! It runs without Erlang's port mapper (epmd): the node listens on a distribution port we choose, on the
//! loopback interface, and whoever wants to talk to it knows that port. So there is no daemon to share with,
//! or to take from, other Erlang programs of the machine.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use rustix::process::Signal;

use super::{
    super::{Recipe, Run},
    control::Control,
    definitions, home,
};
use crate::{error::Error, options::Mode, process::Launch};

/// Name of the node; distribution is bound to loopback, so every stack of the machine can have the same.
const NODE: &str = "callflow@localhost";

/// Says whether the broker has finished its start. Also ends its watch over epmd, which would start one every minute.
const READY: &str = "case rabbit_boot_state:get() of \
                     ready -> supervisor:terminate_child(rabbit_sup, rabbit_epmd_monitor_sup), ready; \
                     Other -> Other end.";

pub(super) struct RabbitRecipe {
    script: PathBuf,
    erl_call: PathBuf,
    /// Whether the small home did not work and the installed one is used.
    whole: AtomicBool,
}

impl RabbitRecipe {
    pub(super) fn new(script: PathBuf, erl_call: PathBuf) -> Self {
        Self { script, erl_call, whole: AtomicBool::new(false) }
    }
}

#[async_trait]
impl Recipe for RabbitRecipe {
    fn name(&self) -> &'static str {
        "rabbitmq"
    }

    /// One for AMQP, one for Erlang's distribution.
    fn ports(&self) -> usize {
        2
    }

    fn patience(&self) -> Duration {
        // Usually 4 s; a machine that compiles with all its cores has been seen to need 30.
        Duration::from_secs(120)
    }

    async fn prepare(&self, run: &Run, ports: &[u16]) -> Result<(), Error> {
        let dir = run.folder.server("rabbitmq");
        run.folder.give_folder(&dir)?;
        let give = |name: &str, content: &str| run.folder.give_file(&dir.join(name), content.as_bytes());
        for name in ["mnesia", "log"] {
            run.folder.give_folder(&dir.join(name))?;
        }
        definitions::write_own(run, &dir)?;
        give(".erlang.cookie", &crate::secret::password_for(&run.secret, "erlang.cookie"))?;
        give("enabled_plugins", "[].\n")?;
        give("advanced.config", advanced(run.mode))?;
        give("rabbitmq.conf", &settings(&dir, ports[0]))
    }

    fn launch(&self, run: &Run, ports: &[u16]) -> Result<Launch, Error> {
        let dir = run.folder.server("rabbitmq");
        let mut env: Vec<_> = environment(&dir, ports[1]);
        let small = (!self.whole.load(Ordering::Relaxed)).then(|| home::build(&self.script, &dir)).flatten();
        env.extend(small.map(|scripts| ("RABBITMQ_SCRIPTS_DIR", scripts.into_os_string())));
        Ok(Launch {
            name: "rabbitmq",
            program: self.script.clone(),
            args: Vec::new(),
            env,
            log: dir.join("rabbitmq.log"),
            dir,
            user: run.folder.user().cloned(),
            stop: Signal::TERM,
            discard: Signal::KILL,
            run: run.id.clone(),
        })
    }

    async fn ready(&self, run: &Run, ports: &[u16]) -> Result<(), String> {
        let home = run.folder.server("rabbitmq");
        // A node of somebody else does not know our cookie.
        let answer = Control::new(self.erl_call.clone(), home, ports[1]).eval("starting", READY).await;
        match answer {
            Ok(state) if state == "ready" => Ok(()),
            Ok(state) => Err(state),
            Err(error) => Err(error.to_string()),
        }
    }

    fn simplify(&self) -> bool {
        !self.whole.swap(true, Ordering::Relaxed)
    }
}

fn settings(dir: &Path, port: u16) -> String {
    let definitions = definitions::folder(dir);
    format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\nload_definitions = {}\nlog.console = false\nlog.file.level = info\n",
        definitions.display()
    )
}

/// Quorum queues wait for the disk with each batch, unless only tests are at stake.
const fn advanced(mode: Mode) -> &'static str {
    match mode {
        Mode::Run => "[].\n",
        Mode::Test => "[{ra, [{wal_sync_method, none}]}].\n",
    }
}

fn environment(dir: &Path, distribution: u16) -> Vec<(&'static str, std::ffi::OsString)> {
    // The node takes its name itself, and its port from us, instead of asking epmd for either. The script's
    // defaults reserve tables for a million processes, which takes longer to set up than a small broker needs.
    let erlang = format!(
        "-kernel inet_dist_use_interface {{127,0,0,1}} -sname {NODE} -start_epmd false -erl_epmd_port {distribution}"
    );
    let size = "+P 262144 +t 1048576 +sbwt none +sbwtdcpu none +sbwtdio none";
    let path = |name: &str| dir.join(name).into_os_string();
    vec![
        ("HOME", dir.into()),
        ("RABBITMQ_NODENAME", NODE.into()),
        ("RABBITMQ_MNESIA_BASE", path("mnesia")),
        ("RABBITMQ_LOG_BASE", path("log")),
        ("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", path("advanced.config")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", path("enabled_plugins")),
        // The machine's own settings are not for us.
        ("RABBITMQ_CONF_ENV_FILE", "/dev/null".into()),
        ("RABBITMQ_DIST_PORT", distribution.to_string().into()),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", erlang.into()),
        ("RABBITMQ_SERVER_ERL_ARGS", size.into()),
        // Nobody listens there, so questions for epmd fail at once, and only root could start one there.
        ("ERL_EPMD_PORT", "1".into()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        // Makes the script become the broker instead of waiting for it, as it does under systemd.
        ("NOTIFY_SOCKET", path("notify")),
    ]
}
