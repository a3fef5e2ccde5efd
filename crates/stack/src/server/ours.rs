//! Bringing a server of ours up: ports, configuration, process, and waiting until it is ready.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tokio::{sync::Mutex, time};

use super::{Recipe, Run, tail};
use crate::{error::Error, port, process::Process};

/// How often a start is tried, with other ports where that is allowed.
const TRIES: usize = 4;

/// Pause between two questions whether a server is ready.
const PAUSE: Duration = Duration::from_millis(40);

/// A server started by us.
pub(super) struct Ours {
    recipe: Box<dyn Recipe>,
    run: Arc<Run>,
    ports: RwLock<Vec<u16>>,
    pub(super) process: Mutex<Option<Process>>,
}

impl Ours {
    /// Prepares a server that is not running yet and has no ports.
    pub(super) fn new(recipe: Box<dyn Recipe>, run: Arc<Run>) -> Self {
        Self { recipe, run, ports: RwLock::default(), process: Mutex::default() }
    }

    /// Returns the ports of the latest start.
    pub(super) fn ports(&self) -> Vec<u16> {
        self.ports.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Picks free ports, `wanted` for the clients if it is one of them.
    pub(super) fn choose(&self, wanted: Option<u16>) -> Result<Vec<u16>, Error> {
        let mut ports: Vec<_> = wanted.into_iter().filter(|port| port::is_free(*port)).collect();
        while ports.len() < self.recipe.ports() {
            let port = port::free_port()?;
            if !ports.contains(&port) {
                ports.push(port);
            }
        }
        Ok(ports)
    }

    /// Starts the process on the ports that `ports` offers, again while another try can help.
    pub(super) async fn bring_up(&self, mut ports: impl FnMut() -> Result<Vec<u16>, Error>) -> Result<Process, Error> {
        let mut tries = 1;
        loop {
            let chosen = ports()?;
            match self.attempt(&chosen).await {
                Err(Error::Ended { .. }) if tries < TRIES && self.another_try_helps(&chosen) => {
                    tries += 1;
                    // On the same port the other listener, or our own predecessor's last child, has to go first.
                    time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error),
                Ok(process) => {
                    *self.ports.write().unwrap_or_else(PoisonError::into_inner) = chosen;
                    return Ok(process);
                }
            }
        }
    }

    fn another_try_helps(&self, ports: &[u16]) -> bool {
        ports.iter().any(|port| !port::is_free(*port)) || self.recipe.simplify()
    }

    /// Starts the process once and waits until it is ready.
    async fn attempt(&self, ports: &[u16]) -> Result<Process, Error> {
        let (recipe, run) = (&self.recipe, &self.run);
        recipe.prepare(run, ports).await?;
        let launch = recipe.launch(run, ports)?;
        let mut process = Process::launch(&launch)?;
        run.record.put(recipe.name(), process.identity())?;
        let begun = Instant::now();
        loop {
            let last = match recipe.ready(run, ports).await {
                // Asked again afterwards: the answer could come from whoever took the port of a server that failed.
                Ok(()) if process.ended().is_none() => return Ok(process),
                Ok(()) => "it answered and ended".to_owned(),
                Err(missing) => missing,
            };
            if let Some(status) = process.ended() {
                let tail = tail(&launch.log);
                return Err(Error::Ended { server: recipe.name(), status: status.to_string(), tail });
            }
            if begun.elapsed() > recipe.patience() {
                let tail = tail(&launch.log);
                return Err(Error::NotReady { server: recipe.name(), after: begun.elapsed(), last, tail });
            }
            time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{iter, net::TcpListener, path::Path};

    use super::*;
    use crate::{
        folder::Folder,
        options::{Kinds, Mode},
        package,
        progress::Progress,
        record::Record,
        server::redis::RedisRecipe,
        user::User,
    };

    async fn redis(dir: &Path) -> Ours {
        let programs = package::ensure(Kinds::REDIS, false, &Progress::silent()).await.unwrap();
        let folder = Folder::open(dir, User::for_servers(), Mode::Test).unwrap();
        folder.prepare().unwrap();
        let record = Record::begin(dir.join("run.json"), "run".to_owned()).unwrap();
        let secret = folder.secret().unwrap();
        let run = Run { id: "run".to_owned(), mode: Mode::Test, folder, record, secret };
        Ours::new(Box::new(RedisRecipe { program: programs.redis.unwrap() }), Arc::new(run))
    }

    #[tokio::test]
    async fn a_port_taken_at_the_last_moment_costs_a_second_try() {
        let dir = tempfile::tempdir().unwrap();
        let ours = redis(dir.path()).await;
        let faster = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = faster.local_addr().unwrap().port();
        let free = port::free_port().unwrap();
        let mut offers = [taken, taken, free].into_iter();
        let process = ours.bring_up(|| Ok(offers.next().into_iter().collect())).await.unwrap();
        assert_eq!(ours.ports(), [free]);
        drop(process);
        ours.run.folder.wipe().unwrap();
    }

    #[tokio::test]
    async fn a_port_that_stays_taken_is_an_error_with_the_servers_own_words() {
        let dir = tempfile::tempdir().unwrap();
        let ours = redis(dir.path()).await;
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = other.local_addr().unwrap().port();
        let mut offers = iter::repeat_with(|| vec![taken]).take(TRIES);
        let failed = ours.bring_up(|| Ok(offers.next().unwrap())).await;
        let Err(Error::Ended { server: "redis", tail, .. }) = failed else { panic!("it started on a taken port") };
        assert!(tail.contains("already in use"), "{tail}");
        ours.run.folder.wipe().unwrap();
    }
}
