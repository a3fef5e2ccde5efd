//! Fixtures: a Redis of one's own or a corner of a shared one, and the people and times the tests speak of.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use callflow_cache::{Cache, Config, Site};
use callflow_domain::{
    hold::{Resource, Segment, Segments},
    id::{CallId, CompanyId},
};
use deadpool_redis::redis::{self, aio::MultiplexedConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Returns a port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A private redis-server, ended when dropped.
pub struct Redis {
    pub port: u16,
    args: Vec<String>,
    dir: TempDir,
    child: Option<Child>,
}

impl Redis {
    pub async fn start() -> Self {
        Self::start_with(free_port(), &[]).await
    }

    pub async fn start_with(port: u16, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        let mut server = Self { port, args, dir: TempDir::new().unwrap(), child: None };
        server.run().await;
        server
    }

    /// Starts the server (again) and waits until it answers.
    pub async fn run(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.args(["--dir", self.dir.path().to_str().unwrap(), "--loglevel", "warning"]).args(&self.args);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("redis-server is installed (Debian package redis-server)"));
        wait_for("redis answers", || async { self.raw().await.is_ok() }).await;
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Freezes or wakes the server: it keeps its connections and answers nothing.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn config(&self) -> Config {
        config(self.url())
    }

    pub fn cache(&self) -> Cache {
        Cache::new(&self.config()).unwrap()
    }

    pub async fn raw(&self) -> redis::RedisResult<MultiplexedConnection> {
        redis::Client::open(self.url())?.get_multiplexed_async_connection().await
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Generous limits: these tests measure behaviour on a busy machine, not speed.
pub fn config(url: String) -> Config {
    let prefix = format!("test-{}", Uuid::new_v4().simple());
    Config { url, prefix, connect_ms: 5_000, command_ms: 5_000, probe_ms: 50, ..Config::default() }
}

/// A corner of a Redis, with nothing in it.
pub struct Corner {
    pub config: Config,
    pub cache: Cache,
    pub raw: MultiplexedConnection,
    _own: Option<Redis>,
}

impl Corner {
    /// Uses the shared Redis of the environment, or starts one.
    pub async fn start() -> Self {
        let (config, own) = match std::env::var("CALLFLOW_TEST_REDIS_URL") {
            Ok(url) => (config(url), None),
            Err(_) => {
                let own = Redis::start().await;
                (own.config(), Some(own))
            }
        };
        let client = redis::Client::open(config.url.as_str()).unwrap();
        let raw = client.get_multiplexed_async_connection().await.expect("the Redis of the environment answers");
        Self { cache: Cache::new(&config).unwrap(), config, raw, _own: own }
    }

    /// Another handle on the same corner, as another process would have.
    pub fn other_process(&self) -> Cache {
        Cache::new(&self.config).unwrap()
    }

    /// Returns the names of the keys in this corner.
    pub async fn keys(&self) -> Vec<String> {
        let pattern = format!("{}:*", self.config.prefix);
        redis::cmd("KEYS").arg(pattern).query_async(&mut self.raw.clone()).await.unwrap()
    }

    /// Returns the milliseconds until a key ends; -1 for a key that never does.
    pub async fn pttl(&self, key: &str) -> i64 {
        redis::cmd("PTTL").arg(key).query_async(&mut self.raw.clone()).await.unwrap()
    }

    pub async fn delete(&self, key: &str) {
        redis::cmd("DEL").arg(key).query_async::<()>(&mut self.raw.clone()).await.unwrap();
    }
}

pub fn company() -> CompanyId {
    CompanyId::from_slug("haarwerk")
}

pub fn site() -> Site {
    Site { company: company(), branch: company().branch("berlin-mitte") }
}

pub fn owner(name: impl std::fmt::Display) -> CallId {
    CallId::parse(&format!("call_{name}")).unwrap()
}

pub fn staff(slug: &str) -> Resource {
    Resource::Staff(company().staff(slug))
}

/// 2026-03-02T00:00Z, in minutes since the epoch.
pub const DAY: i64 = 29_540_160;

/// Returns a segment on the test day from "HH:MM" to "HH:MM".
pub fn segment(resource: Resource, from: &str, to: &str) -> Segment {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap();
        DAY + hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()
    };
    Segment::new(resource, minute(from), minute(to)).unwrap()
}

/// Returns a single stretch of Sofia's time.
pub fn sofia(from: &str, to: &str) -> Segments {
    Segments::single(segment(staff("sofia"), from, to))
}

/// Waits until the condition holds, up to ten seconds.
pub async fn wait_for<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < Duration::from_secs(10), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub async fn sleep_ms(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
