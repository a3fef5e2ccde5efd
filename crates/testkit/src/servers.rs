//! The shared servers: those the environment names, or a stack that is started once and used by all.
//!
//! `callflow-stack exec` names its servers in the environment, which is how `make test` works. Without it the
//! first test starts a stack in the target folder and leaves it running for the tests that follow; it stops by
//! itself when nobody has used it for a while.

use std::{
    env,
    error::Error,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::SystemTime,
};

use callflow_stack::{Control, Endpoints, Lease};
use tokio::{sync::OnceCell, task};

/// How long shared servers wait for another test.
const IDLE_SECS: &str = "900";

/// Returns an administrator's URL of Postgres.
pub(crate) async fn postgres() -> String {
    named(Endpoints::TEST_POSTGRES, |endpoints| endpoints.postgres.get("admin").cloned()).await
}

/// Returns the URL of Redis.
pub(crate) async fn redis() -> String {
    named(Endpoints::TEST_REDIS, |endpoints| endpoints.redis.clone()).await
}

/// Returns an administrator's URL of RabbitMQ and the means to make virtual hosts there.
pub(crate) async fn rabbitmq() -> (String, Control) {
    let url = named(Endpoints::TEST_AMQP, |endpoints| endpoints.amqp.get("admin").cloned()).await;
    let control = match (read(Endpoints::TEST_STACK), read(Endpoints::TEST_AMQP)) {
        (Some(folder), _) => Endpoints::of(Path::new(&folder)).and_then(|endpoints| endpoints.control),
        (None, None) => shared().await.endpoints().control.clone(),
        (None, Some(_)) => None,
    };
    let lack = "virtual hosts can be made only on a RabbitMQ of callflow-stack: unset CALLFLOW_TEST_AMQP_URL, or set \
                CALLFLOW_TEST_STACK to the folder of the stack it belongs to";
    (url, control.expect(lack))
}

/// Returns an error with all its causes.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause: &&dyn Error| (**cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Prefers the environment, falls back to the shared stack.
async fn named(variable: &str, of: impl FnOnce(&Endpoints) -> Option<String>) -> String {
    match read(variable) {
        Some(url) => url,
        None => of(shared().await.endpoints()).expect("the shared stack has all three servers"),
    }
}

fn read(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Returns the shared stack, started if need be. This process keeps it from being idle from now on.
async fn shared() -> &'static Lease {
    static LEASE: OnceCell<Lease> = OnceCell::const_new();
    let lease = async || {
        let taken = task::spawn_blocking(lease).await;
        taken.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))
    };
    LEASE.get_or_init(lease).await
}

/// Takes a lease of the shared stack. Blocks.
fn lease() -> Lease {
    let folder = target().join("stack");
    let take = || Lease::take(&folder).unwrap_or_else(|error| panic!("the shared servers: {}", chain(&error)));
    if let Some(lease) = take() {
        return lease;
    }
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    let turn = File::create(folder.join("start")).expect("the target folder can be written to");
    turn.lock().expect("files of the target folder can be locked");
    // Whoever had the turn before us may have started it.
    take().unwrap_or_else(|| {
        start(&folder);
        take().expect("servers that have just been started are running")
    })
}

/// Starts the stack with the program of this workspace.
fn start(folder: &Path) {
    let mut command = Command::new(program());
    command.args(["servers", "--detach", "--test", "--idle-secs", IDLE_SECS, "--folder"]).arg(folder);
    let output = command.stdin(Stdio::null()).output().expect("the program that runs the servers can be started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the shared servers do not start:\n{told}");
}

/// Returns the program that runs the servers, built now unless it is there and newer than its source.
///
/// Cargo would find that out as well, but only once nobody else is building.
fn program() -> PathBuf {
    let program = target().join("debug/callflow-stack");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let source = newest(&workspace.join("crates/stack/src"));
    let built = fs::metadata(&program).and_then(|program| program.modified()).ok();
    if built.is_none_or(|built| source.is_none_or(|source| source > built)) {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--quiet", "--package", "callflow-stack", "--target-dir"]).arg(target());
        let output = command.current_dir(&workspace).stdin(Stdio::null()).output().expect("cargo can be started");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the program that runs the servers does not build:\n{told}");
    }
    program
}

/// Returns when a file in `folder` was changed last.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let changed = entries.map(|entry| match entry.metadata().ok()? {
        found if found.is_dir() => newest(&entry.path()),
        found => found.modified().ok(),
    });
    changed.max().flatten()
}

/// Returns the target folder this test was built in.
fn target() -> PathBuf {
    // Test programs lie in <target>/<profile>/deps or in <target>/<profile>.
    let program = env::current_exe().expect("this process has a program");
    let tagged = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    tagged.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), Path::to_owned)
}
