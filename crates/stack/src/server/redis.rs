//! Redis: one process, one password, an append-only file so that a killed server finds its data again.

use std::{ops::Deref, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use rustix::process::Signal;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time,
};

use super::{Recipe, Run, Server, Source};
use crate::{error::Error, options::Mode, process::Launch};

/// Redis answers at once or not at all; somebody else on its port may accept and say nothing.
const ANSWER: Duration = Duration::from_millis(300);

/// The stack's Redis; dereferences to [`Server`] for stopping and starting.
#[derive(Debug)]
pub struct Redis {
    server: Server,
    url: String,
}

impl Redis {
    pub(crate) async fn open(source: Source<PathBuf>, run: &Arc<Run>, wanted: Option<u16>) -> Result<Self, Error> {
        let program = match source {
            Source::Given(url) => return Ok(Self { server: Server::given("redis"), url: url.into() }),
            Source::Own(program) => program,
        };
        let server = Server::create(Box::new(RedisRecipe { program }), run.clone(), wanted).await?;
        let port = server.port().unwrap_or_default();
        Ok(Self { server, url: format!("redis://default:{}@127.0.0.1:{port}/0", run.secret) })
    }

    /// Returns the URL, password included.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }
}

impl Deref for Redis {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

pub(super) struct RedisRecipe {
    pub(super) program: PathBuf,
}

#[async_trait]
impl Recipe for RedisRecipe {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(20)
    }

    async fn prepare(&self, run: &Run, ports: &[u16]) -> Result<(), Error> {
        let dir = run.folder.server("redis");
        run.folder.give_folder(&dir)?;
        run.folder.give_file(&dir.join("redis.conf"), config(run, ports[0]).as_bytes())
    }

    fn launch(&self, run: &Run, _ports: &[u16]) -> Result<Launch, Error> {
        let dir = run.folder.server("redis");
        Ok(Launch {
            name: "redis",
            program: self.program.clone(),
            args: vec![dir.join("redis.conf").into()],
            env: Vec::new(),
            log: dir.join("redis.log"),
            dir,
            user: run.folder.user().cloned(),
            stop: Signal::TERM,
            discard: Signal::KILL,
            run: run.id.clone(),
        })
    }

    async fn ready(&self, run: &Run, ports: &[u16]) -> Result<(), String> {
        // A Redis of somebody else does not know our password.
        match time::timeout(ANSWER, greet(ports[0], &run.secret)).await {
            Ok(Ok(answer)) if answer == "+OK\r\n+PONG\r\n" => Ok(()),
            Ok(Ok(answer)) => Err(answer.trim().to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer".to_owned()),
        }
    }
}

fn config(run: &Run, port: u16) -> String {
    // The append-only file is written before a command is answered, so only a machine crash can lose the last second.
    let (flush, debug) = match run.mode {
        Mode::Run => ("everysec", ""),
        // DEBUG SLEEP lets fault tests make Redis slow instead of absent.
        Mode::Test => ("no", "enable-debug-command local\n"),
    };
    format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {}\ndir ./\nsave \"\"\nappendonly yes\nappendfsync {flush}\n{debug}",
        run.secret
    )
}

/// Logs in and asks for a sign of life; returns the raw answer.
async fn greet(port: u16, password: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(format!("AUTH default {password}\r\nPING\r\nQUIT\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    // QUIT is answered too, so that the connection ends and reading with it.
    Ok(answer.strip_suffix("+OK\r\n").unwrap_or(&answer).to_owned())
}
