//! How our own Postgres is made and started.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use rustix::process::Signal;
use tokio::{net::TcpStream, time};

use super::{
    super::{Recipe, Run, tail},
    ADMIN, Access, Admin,
};
use crate::{
    error::Error,
    options::Mode,
    process::{Launch, Process},
};

pub(super) struct PostgresRecipe {
    /// Folder of the programs.
    pub(super) programs: PathBuf,
}

#[async_trait]
impl Recipe for PostgresRecipe {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn patience(&self) -> Duration {
        // Recovery after a crash reads the log of everything since the last checkpoint.
        Duration::from_secs(60)
    }

    async fn prepare(&self, run: &Run, ports: &[u16]) -> Result<(), Error> {
        let dir = run.folder.server("postgres");
        run.folder.give_folder(&dir)?;
        let cluster = dir.join("cluster");
        if !cluster.join("PG_VERSION").exists() {
            self.create_cluster(run, &dir, &cluster).await?;
        }
        run.folder.give_file(&cluster.join("callflow.conf"), settings(run.mode, ports[0]).as_bytes())
    }

    fn launch(&self, run: &Run, _ports: &[u16]) -> Result<Launch, Error> {
        let dir = run.folder.server("postgres");
        let config = format!("config_file={}", dir.join("cluster/callflow.conf").display());
        let mut launch = self.program(run, "postgres", dir.clone());
        launch.args = vec!["-D".into(), dir.join("cluster").into(), "-c".into(), config.into()];
        // Smart shutdown (TERM) would wait for clients to leave; fast shutdown ends them.
        launch.stop = Signal::INT;
        // Immediate shutdown: nothing is written, but the kernel's shared memory is given back.
        launch.discard = Signal::QUIT;
        Ok(launch)
    }

    async fn ready(&self, run: &Run, ports: &[u16]) -> Result<(), String> {
        TcpStream::connect(("127.0.0.1", ports[0])).await.map_err(|error| error.to_string())?;
        // A Postgres of somebody else does not know our administrator.
        let admin = Admin::of(Access::ours(ports[0], &run.secret)).await.map_err(|error| error.to_string())?;
        admin.close().await;
        Ok(())
    }
}

impl PostgresRecipe {
    /// Makes the cluster beside its final place, so that an interrupted `initdb` is not taken for a cluster.
    async fn create_cluster(&self, run: &Run, dir: &Path, cluster: &Path) -> Result<(), Error> {
        let (half, password) = (dir.join("cluster.half"), dir.join("password"));
        for path in [&half, cluster] {
            if path.exists() {
                fs::remove_dir_all(path).map_err(Error::folder("removing", path))?;
            }
        }
        run.folder.give_file(&password, run.secret.as_bytes())?;
        let mut launch = self.program(run, "initdb", dir.to_owned());
        let text = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"];
        launch.args.extend(text.map(Into::into));
        launch.args.extend(["--username".into(), ADMIN.into(), "--pgdata".into(), half.clone().into()]);
        launch.args.extend(["--pwfile".into(), password.clone().into()]);
        if run.mode == Mode::Test {
            launch.args.push("--no-sync".into());
        }
        let mut process = Process::launch(&launch)?;
        let status = loop {
            match process.ended() {
                Some(status) => break status,
                None => time::sleep(Duration::from_millis(20)).await,
            }
        };
        let _ = fs::remove_file(&password);
        if !status.success() {
            return Err(Error::Tool { tool: "initdb", tail: tail(&launch.log) });
        }
        fs::rename(&half, cluster).map_err(Error::folder("renaming", half))
    }

    fn program(&self, run: &Run, name: &'static str, dir: PathBuf) -> Launch {
        Launch {
            name,
            program: self.programs.join(name),
            args: Vec::new(),
            env: Vec::new(),
            log: dir.join(format!("{name}.log")),
            dir,
            user: run.folder.user().cloned(),
            stop: Signal::TERM,
            discard: Signal::KILL,
            run: run.id.clone(),
        }
    }
}

/// Returns the whole configuration; what `initdb` wrote is read first.
fn settings(mode: Mode, port: u16) -> String {
    let durability = match mode {
        Mode::Run => "",
        // Lost is only what the machine itself loses; a killed server recovers from the page cache. Full pages
        // protect against the same, and replicas need what "minimal" leaves out.
        Mode::Test => {
            "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nwal_level = minimal\n\
             max_wal_senders = 0\nmax_wal_size = 512MB\ndynamic_shared_memory_type = mmap\nautovacuum_naptime = 10min\n"
        }
    };
    format!(
        "include 'postgresql.conf'\nlisten_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n\
         max_connections = 300\nlog_line_prefix = '%m [%p] %q%u@%d '\n{durability}"
    )
}
