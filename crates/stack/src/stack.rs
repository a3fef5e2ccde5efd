//! A set of servers with one life: started together, used, stopped together.

mod opening;

use std::{
    fmt,
    fs::{self, File},
    path::Path,
    process::ExitStatus,
    sync::Arc,
    thread,
    time::Duration,
};

use callflow_store::role::Role;
use opening::Urls;
use rustix::process::Signal;
use tokio::task;

use crate::{
    endpoints::{self, Endpoints},
    error::Error,
    folder::Folder,
    options::{Mode, StackOptions},
    package,
    process::{self, GRACE, Process},
    record,
    server::{Run, Server, Source, postgres::Postgres, rabbitmq::RabbitMq, redis::Redis},
    user::User,
    wait,
};

/// Private servers in a folder of their own. Dropping it stops them; [`stop`](Self::stop) does not block meanwhile.
pub struct Stack {
    run: Arc<Run>,
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    rabbitmq: Option<RabbitMq>,
}

impl Stack {
    /// Starts the servers, each as soon as its port answers, and prepares roles, database, schema, virtual host and
    /// users. What a crashed run has left in the folder is ended first; on failure nothing is left behind.
    pub async fn start(options: StackOptions) -> Result<Self, Error> {
        let urls = Urls::parse(&options)?;
        let own = urls.own(options.kinds);
        let programs = package::ensure(own, options.install, &options.progress).await?;
        let mut stack = Self { run: opening::open_run(&options).await?, postgres: None, redis: None, rabbitmq: None };
        let (run, progress, ports) = (&stack.run, &options.progress, options.ports);
        let started = tokio::try_join!(
            opening::open(progress, "postgres", Source::pick(urls.postgres, programs.postgres), |source| {
                Postgres::open(source, run, ports[0])
            }),
            opening::open(progress, "redis", Source::pick(urls.redis, programs.redis), |source| {
                Redis::open(source, run, ports[1])
            }),
            opening::open(progress, "rabbitmq", Source::pick(urls.amqp, programs.rabbitmq), |source| {
                RabbitMq::open(source, run, ports[2])
            }),
        )?;
        (stack.postgres, stack.redis, stack.rabbitmq) = started;
        stack.endpoints().write()?;
        Ok(stack)
    }

    /// Returns Postgres.
    ///
    /// # Panics
    /// When the options left it out.
    #[must_use]
    pub fn postgres(&self) -> &Postgres {
        self.postgres.as_ref().expect("the options asked for Postgres")
    }

    /// Returns Redis.
    ///
    /// # Panics
    /// When the options left it out.
    #[must_use]
    pub fn redis(&self) -> &Redis {
        self.redis.as_ref().expect("the options asked for Redis")
    }

    /// Returns RabbitMQ.
    ///
    /// # Panics
    /// When the options left it out.
    #[must_use]
    pub fn rabbitmq(&self) -> &RabbitMq {
        self.rabbitmq.as_ref().expect("the options asked for RabbitMQ")
    }

    /// Returns where everything is.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        let postgres = self.postgres.iter().flat_map(|server| {
            let roles = Role::ALL.map(|role| (role.name().to_owned(), server.url(role)));
            roles.into_iter().chain([("admin".to_owned(), server.admin_url())])
        });
        let amqp = self.rabbitmq.iter().flat_map(|server| {
            let users = Role::SERVICES.map(|role| (role.name().to_owned(), server.url(role)));
            users.into_iter().chain([("admin".to_owned(), server.admin_url())])
        });
        Endpoints {
            folder: self.run.folder.root().to_owned(),
            mode: self.run.mode,
            postgres: postgres.collect(),
            redis: self.redis.as_ref().map(|server| server.url().to_owned()),
            amqp: amqp.collect(),
            control: self.rabbitmq.as_ref().and_then(|server| server.control().ok().cloned()),
        }
    }

    /// Returns the first server that ended without being asked to, and how.
    pub async fn ended(&self) -> Option<(&'static str, ExitStatus)> {
        for server in self.servers() {
            if let Some(status) = server.ended().await {
                return Some((server.name(), status));
            }
        }
        None
    }

    /// Stops the servers and waits until they are gone; data of [`Mode::Test`] is removed.
    pub async fn stop(self) {
        // Dropping does the work; it blocks, so it happens where blocking is allowed.
        task::spawn_blocking(move || drop(self)).await.unwrap_or_default();
    }

    /// Returns whether another process holds a [`Lease`](crate::Lease) of this stack.
    #[must_use]
    pub fn in_use(&self) -> bool {
        self.no_users().is_none()
    }

    /// Stops the servers if nobody holds a [`Lease`](crate::Lease); otherwise gives the stack back.
    pub async fn stop_if_unused(self) -> Option<Self> {
        // Held until everything is gone: whoever wants a lease meanwhile waits and then finds no stack.
        let Some(_held) = self.no_users() else { return Some(self) };
        self.stop().await;
        None
    }

    /// Stops the stack that another process runs in `folder`, or ends what a crashed one has left there, and waits
    /// until it is gone. Returns whether there was anything to stop. Blocks.
    pub fn stop_other(folder: &Path) -> Result<bool, Error> {
        let path = Folder::record_path(folder);
        let Some(owner) = record::owner(&path) else {
            if !path.exists() {
                return Ok(false);
            }
            let _lock = Folder::open(folder, User::for_servers(), Mode::Run)?;
            let left = record::clean_up(&path);
            let _ = fs::remove_file(&path);
            return Ok(left > 0);
        };
        owner.signal(Signal::TERM);
        if wait::until(GRACE * 2, || !owner.alive()) {
            return Ok(true);
        }
        Err(Error::Busy { folder: folder.to_owned(), owner: owner.pid.to_string() })
    }

    /// Takes the lock that leases share; `None` when there is one.
    fn no_users(&self) -> Option<File> {
        let users = endpoints::users(self.run.folder.root()).ok()?;
        users.try_lock().is_ok().then_some(users)
    }

    fn servers(&self) -> impl Iterator<Item = &Server> {
        let postgres = self.postgres.iter().map(|server| &**server);
        let redis = self.redis.iter().map(|server| &**server);
        postgres.chain(redis).chain(self.rabbitmq.iter().map(|server| &**server))
    }

    fn take_processes(&mut self) -> Vec<Process> {
        let postgres = self.postgres.as_mut().map(Postgres::server_mut);
        let redis = self.redis.as_mut().map(Redis::server_mut);
        let rabbitmq = self.rabbitmq.as_mut().map(RabbitMq::server_mut);
        [postgres, redis, rabbitmq].into_iter().flatten().filter_map(Server::take).collect()
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("run", &self.run.id)
            .field("folder", &self.run.folder.root())
            .finish_non_exhaustive()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let run = self.run.clone();
        // First of all: nobody new may come.
        let _ = fs::remove_file(Endpoints::path(run.folder.root()));
        let processes = self.take_processes();
        thread::scope(|scope| {
            for process in processes {
                scope.spawn(|| match run.mode {
                    Mode::Run => process.stop(GRACE),
                    Mode::Test => process.discard(),
                });
            }
        });
        process::end(&process::marked(&run.id), Signal::KILL, Duration::ZERO);
        if run.mode == Mode::Test {
            // What cannot be removed now is removed by the next start.
            let _ = run.folder.wipe();
        }
        run.record.finish();
    }
}
