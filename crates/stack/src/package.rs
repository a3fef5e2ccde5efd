//! The programs of the three servers: where they are, and getting them when they are not.

mod apt;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use rustix::process::geteuid;
use tokio::task;

use crate::{
    error::Error,
    options::{Given, Kinds},
    progress::Progress,
};

/// Where the programs lie.
#[derive(Debug, Clone, Default)]
pub(crate) struct Programs {
    /// Folder with `postgres` and `initdb`.
    pub(crate) postgres: Option<PathBuf>,
    /// `redis-server`.
    pub(crate) redis: Option<PathBuf>,
    /// The server's script and Erlang's `erl_call`.
    pub(crate) rabbitmq: Option<(PathBuf, PathBuf)>,
}

/// What a missing server is called, which package holds it, which variable names a running one.
struct Lack {
    server: &'static str,
    package: &'static str,
    variable: &'static str,
}

impl Programs {
    /// Looks for the programs of the servers wanted.
    fn find(kinds: Kinds) -> Self {
        let rabbitmq = || {
            let script = Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
            Some((script.exists().then(|| script.to_owned())?, on_path("erl_call")?))
        };
        Self {
            postgres: kinds.postgres.then(postgres).flatten(),
            redis: kinds.redis.then(|| on_path("redis-server")).flatten(),
            rabbitmq: kinds.rabbitmq.then(rabbitmq).flatten(),
        }
    }

    /// Lists what is wanted and was not found.
    fn lacks(&self, kinds: Kinds) -> Vec<Lack> {
        let all = [
            (kinds.postgres && self.postgres.is_none(), "postgres", "postgresql", Given::POSTGRES),
            (kinds.redis && self.redis.is_none(), "redis", "redis-server", Given::REDIS),
            (kinds.rabbitmq && self.rabbitmq.is_none(), "rabbitmq", "rabbitmq-server", Given::AMQP),
        ];
        let missing = all.into_iter().filter(|(missing, ..)| *missing);
        missing.map(|(_, server, package, variable)| Lack { server, package, variable }).collect()
    }
}

/// Finds the programs of the servers wanted, installing Debian's packages when some are missing, `install` is set
/// and we are root.
pub(crate) async fn ensure(kinds: Kinds, install: bool, progress: &Progress) -> Result<Programs, Error> {
    let found = Programs::find(kinds);
    let lacks = found.lacks(kinds);
    if lacks.is_empty() {
        return Ok(found);
    }
    if !(install && geteuid().is_root() && on_path("apt-get").is_some()) {
        return Err(missing(&lacks));
    }
    let packages: Vec<_> = lacks.iter().map(|lack| lack.package).collect();
    let names = packages.join(" ");
    let work = async {
        let installed = task::spawn_blocking(move || apt::install(&packages)).await;
        installed.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))
    };
    progress.step("packages", work, |()| format!("installed {names}")).await?;
    let found = Programs::find(kinds);
    match found.lacks(kinds) {
        lacks if lacks.is_empty() => Ok(found),
        lacks => Err(missing(&lacks)),
    }
}

fn missing(lacks: &[Lack]) -> Error {
    let join = |part: fn(&Lack) -> &'static str, by| lacks.iter().map(part).collect::<Vec<_>>().join(by);
    Error::Missing {
        missing: join(|lack| lack.server, ", "),
        packages: join(|lack| lack.package, " "),
        variables: join(|lack| lack.variable, ", "),
    }
}

/// Returns the folder with the programs of the newest Postgres; Debian keeps them out of `PATH`.
fn postgres() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(|path| number(path));
    newest.map(|path| path.join("bin")).or_else(|| on_path("initdb")?.canonicalize().ok()?.parent().map(Path::to_owned))
}

/// Returns where `program` is found; folders of the system are searched even when `PATH` lacks them.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(env::split_paths(crate::process::PATH).collect::<Vec<_>>());
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_packages_and_variables() {
        let text = missing(&Programs::default().lacks(Kinds::ALL)).to_string();
        for part in
            ["apt-get install postgresql redis-server rabbitmq-server", Given::POSTGRES, Given::REDIS, Given::AMQP]
        {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn only_what_is_wanted_is_missed() {
        let lacks = Programs::default().lacks(Kinds::REDIS);
        assert_eq!(lacks.iter().map(|lack| lack.package).collect::<Vec<_>>(), ["redis-server"]);
    }
}
