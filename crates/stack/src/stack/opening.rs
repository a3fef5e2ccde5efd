//! Everything that happens before and around the start of the servers themselves.

use std::{fs, ops::Deref, sync::Arc};

use tokio::task;
use url::Url;
use uuid::Uuid;

use crate::{
    endpoints::Endpoints,
    error::Error,
    folder::Folder,
    options::{Given, Kinds, Mode, StackOptions},
    progress::Progress,
    record::{self, Record},
    server::{Run, Server, Source},
    user::User,
};

/// The given URLs, checked.
pub(super) struct Urls {
    pub(super) postgres: Option<Url>,
    pub(super) redis: Option<Url>,
    pub(super) amqp: Option<Url>,
}

impl Urls {
    pub(super) fn parse(options: &StackOptions) -> Result<Self, Error> {
        let read = |wanted: bool, text: &Option<String>, variable: &'static str, schemes: &[&str]| {
            let Some(text) = text.as_ref().filter(|_| wanted) else { return Ok(None) };
            let url = Url::parse(text).ok().filter(|url| schemes.contains(&url.scheme()) && url.has_host());
            let reason = format!("accepted is {}://user:password@host:port/…", schemes[0]);
            url.map(Some).ok_or(Error::Given { variable, reason })
        };
        let (kinds, given) = (options.kinds, &options.given);
        Ok(Self {
            postgres: read(kinds.postgres, &given.postgres, Given::POSTGRES, &["postgres", "postgresql"])?,
            redis: read(kinds.redis, &given.redis, Given::REDIS, &["redis", "rediss"])?,
            amqp: read(kinds.rabbitmq, &given.amqp, Given::AMQP, &["amqp", "amqps"])?,
        })
    }

    /// Returns which of the servers wanted we have to start ourselves.
    pub(super) fn own(&self, kinds: Kinds) -> Kinds {
        Kinds {
            postgres: kinds.postgres && self.postgres.is_none(),
            redis: kinds.redis && self.redis.is_none(),
            rabbitmq: kinds.rabbitmq && self.amqp.is_none(),
        }
    }
}

/// Takes the folder, ends what a crashed run has left in it, and begins a new run.
pub(super) async fn open_run(options: &StackOptions) -> Result<Arc<Run>, Error> {
    let folder = Folder::open(&options.folder, User::for_servers(), options.mode)?;
    let _ = fs::remove_file(Endpoints::path(folder.root()));
    let path = Folder::record_path(folder.root());
    if path.exists() {
        let former = path.clone();
        let work = async { Ok::<_, Error>(task::spawn_blocking(move || record::clean_up(&former)).await.unwrap_or(0)) };
        options.progress.step("clean-up", work, |count| format!("{count} processes of a former run ended")).await?;
    }
    if options.fresh || options.mode == Mode::Test {
        folder.wipe()?;
    }
    Folder::sweep();
    folder.prepare()?;
    let id = Uuid::new_v4().to_string();
    let record = Record::begin(path, id.clone())?;
    Ok(Arc::new(Run { id, mode: options.mode, secret: folder.secret()?, record, folder }))
}

/// Opens one server, telling how long that took; nothing when there is no source, because it is not wanted.
pub(super) async fn open<T: Deref<Target = Server>, P, F: Future<Output = Result<T, Error>>>(
    progress: &Progress,
    step: &'static str,
    source: Option<Source<P>>,
    open: impl FnOnce(Source<P>) -> F,
) -> Result<Option<T>, Error> {
    let Some(source) = source else { return Ok(None) };
    let describe = |server: &T| match server.port() {
        Some(port) => format!("ready on 127.0.0.1:{port}"),
        None => "given by its URL".to_owned(),
    };
    progress.step(step, open(source), describe).await.map(Some)
}
