//! The limit of a booking's rate: the statement the service runs, driven by `pgbench` in a database of its own.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use callflow_stack::Admin;
use callflow_store::{appointment, role::Role};
use tokio::process::Command;

use crate::group::chain;

const DATABASE: &str = "callflow_limit";

/// A database with the whole schema and the chain's catalog, and a script for `pgbench`.
pub(super) struct Limit {
    admin: Admin,
    program: PathBuf,
    url: String,
    script: tempfile::NamedTempFile,
    runs: AtomicU32,
}

impl Limit {
    /// Makes the database anew. The service's own cannot be used: its relay would publish what `pgbench` writes.
    pub(super) async fn prepare(admin: &str) -> anyhow::Result<Self> {
        let admin = Admin::connect(admin).await?;
        admin.drop_database(DATABASE).await?;
        admin.create_database(DATABASE, None).await?;
        admin.migrate(DATABASE).await?;
        chain::apply(&admin.url(Role::Owner, DATABASE)).await?;
        let script = tempfile::NamedTempFile::new()?;
        std::fs::write(script.path(), text())?;
        let url = admin.url(Role::Booking, DATABASE);
        Ok(Self { admin, program: program()?, url, script, runs: AtomicU32::new(0) })
    }

    /// Returns the transactions per second of so many clients.
    pub(super) async fn rate(&self, clients: usize, lasting: Duration) -> anyhow::Result<f64> {
        let (clients, seconds) = (clients.to_string(), lasting.as_secs().to_string());
        // Each run goes on in a month of its own, so that no slot is taken twice.
        let month = self.runs.fetch_add(1, Ordering::Relaxed);
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol", "prepared", "--jobs", "2", "--client", &clients]);
        command.args(["--time", &seconds, "--define", "i=0", "--define"]).arg(format!("run={month}"));
        command.args(["--define"]).arg(format!("clients={clients}")).arg("--file").arg(self.script.path());
        let output = command.arg(&self.url).stdin(Stdio::null()).output().await.context("running pgbench")?;
        let told = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && !told.contains("aborted"), "pgbench failed: {told} {said}");
        let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench told no rate: {told}"))
    }

    /// Removes the database.
    pub(super) async fn remove(self) -> anyhow::Result<()> {
        self.admin.drop_database(DATABASE).await?;
        Ok(())
    }
}

/// Returns `pgbench`, which comes with the server.
fn program() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|entry| entry.path().join("bin/pgbench")).filter(|path| path.is_file()).max();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || std::env::split_paths(&path).map(|folder| folder.join("pgbench")).find(|path| path.is_file());
    found.or_else(on_path).context("pgbench is not installed: apt-get install postgresql-contrib")
}

/// Returns the script: the service's own transaction and statement, with the caller's patience and every parameter filled in
/// with what a booking through a call has. Client and counter choose the slot: staff member by staff member, quarter by quarter.
fn text() -> String {
    let company = chain::company();
    let people = chain::BRANCHES * chain::PEOPLE;
    let staff = (0..people).map(|number| format!("'{}'", company.staff(&format!("person-{number}"))));
    let branch =
        (0..people).map(|number| format!("'{}'", company.branch(&format!("filiale-{}", number / chain::PEOPLE))));
    let (staff, branch): (Vec<_>, Vec<_>) = (staff.collect(), branch.collect());
    let start = format!(
        "(timestamptz '2100-01-01' + :run::int * interval '30 days' + (:n::int / {people}) * interval '15 min')"
    );
    let choice = "repeat('x', 700)";
    let wish = format!(
        "json_build_array(json_build_object('id', gen_random_uuid(), 'branch_id', (ARRAY[{}])[:n::int % {people} + 1],
            'staff_id', (ARRAY[{}])[:n::int % {people} + 1], 'service_id', '{}', 'customer_name', 'Ayşe Yıldız',
            'customer_phone', '+491713920017', 'call_id', 'call_' || :n, 'position', 0, 'starts_at', {start},
            'ends_at', {start} + interval '15 min', 'busy_from', {start}, 'busy_until', {start} + interval '15 min',
            'confirmation_code', 'K' || :n, 'choice', json_build_object('candidates', {choice}), 'source', 'call'))",
        branch.join(","),
        staff.join(","),
        company.service("service-0"),
    );
    let entry = "json_build_array(json_build_object('at', now(), 'appointment_id', gen_random_uuid(), 'action', 'book',
        'actor', 'call', 'call_id', 'call_' || :n, 'after', json_build_object('position', 0)))";
    let body = "convert_to(repeat('x', 900), 'UTF8')";
    let parameters: [String; 14] = [
        format!("'{company}'::uuid"),
        wish,
        "now()".into(),
        "gen_random_uuid()".into(),
        "'call/' || gen_random_uuid()".into(),
        "NULL".into(),
        "convert_to(repeat('h', 32), 'UTF8')".into(),
        body.into(),
        entry.into(),
        "ARRAY[gen_random_uuid()]".into(),
        "ARRAY[gen_random_uuid()::text]".into(),
        "ARRAY['appointment.booked']".into(),
        format!("ARRAY[{body}]"),
        "ARRAY['']".into(),
    ];
    // From the last to the first, because $1 begins $10 too.
    let filled =
        parameters.iter().enumerate().rev().fold(appointment::statement().to_owned(), |text, (nth, value)| {
            text.replace(&format!("${}", nth + 1), value)
        });
    let transaction = format!("BEGIN;\nSET LOCAL statement_timeout = 4000;\n{filled};\nCOMMIT;\n");
    format!("\\set i :i + 1\n\\set n :i * :clients + :client_id\n{transaction}")
}
