//! The fleet as child processes: servers, services, demo company, and where all of it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use callflow_queue::topology::OPERATOR;
use callflow_stack::{Progress, Stack, StackOptions, free_port};
use callflow_store::role::Role;
use uuid::Uuid;

use crate::{
    broker, demo,
    endpoints::{self, Endpoints},
    service::Service,
};

/// What to start, and where.
#[derive(Clone)]
pub struct Options {
    /// Folder of the fleet; holds data, logs, keys and the endpoints file.
    pub folder: PathBuf,
    /// Folder with the services' programs.
    pub bin: PathBuf,
    /// Whether it is for a test: data is new each time and nothing is flushed to disk.
    pub test: bool,
    /// Told about each step of starting the servers.
    pub progress: Progress,
    /// More settings for every service, as environment variables.
    pub settings: Vec<(String, String)>,
    /// The services to start; all of them by default. Without a resolver there is no demo catalog.
    pub services: Vec<&'static str>,
}

/// Every service, in the order they are started.
const SERVICES: [&str; 5] = ["resolver", "availability", "booking", "metrics", "ingress"];

impl Options {
    /// Returns options for a fleet in `folder`, with the programs that lie beside the running one.
    ///
    /// # Errors
    /// When the running program cannot be found.
    pub fn new(folder: impl Into<PathBuf>) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("finding our own program")?;
        let bin = program.parent().context("finding our own folder")?.to_owned();
        // Tests run from the folder below the programs.
        let bin = if bin.ends_with("deps") { bin.parent().map_or(bin.clone(), Path::to_owned) } else { bin };
        let services = SERVICES.to_vec();
        Ok(Self {
            folder: folder.into(),
            bin,
            test: false,
            progress: Progress::silent(),
            settings: Vec::new(),
            services,
        })
    }
}

/// A running fleet. Dropping it ends everything it started, at once; [`stop`](Self::stop) does so in order.
pub struct Fleet {
    services: Vec<Service>,
    /// The servers, to stop and start them one by one.
    pub stack: Stack,
    endpoints: Endpoints,
    path: PathBuf,
}

/// The ports services must know of each other before they start.
struct Ports {
    resolver: u16,
    availability: u16,
    booking: u16,
}

impl Fleet {
    /// Starts servers, services and the demo company, and writes the endpoints file.
    ///
    /// # Errors
    /// Says which part did not start and why; what had started is stopped again.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let folder = &options.folder;
        let logs = folder.join("log");
        fs::create_dir_all(&logs).with_context(|| format!("creating {}", logs.display()))?;
        let mut servers = StackOptions::run(folder.join("stack")).with_progress(options.progress.clone());
        if options.test {
            servers.mode = callflow_stack::Mode::Test;
        }
        let stack = Stack::start(servers).await?;
        // Exchange and queues are an installer's work: services have no right to make them all.
        let operator = broker::prepare(stack.rabbitmq()).await?;
        let catalog = demo::catalog()?;
        let keys = demo::signing_keys(&folder.join("signing"), &catalog)?;
        let ports = Ports { resolver: free_port()?, availability: free_port()?, booking: free_port()? };
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut endpoints = servers_of(&stack, &token);
        endpoints.amqp.insert(OPERATOR.to_owned(), operator);
        let mut services = Vec::new();
        for name in SERVICES.into_iter().filter(|name| options.services.contains(name)) {
            let mut settings = settings(name, &stack, &ports, folder, &token)?;
            settings.extend(options.settings.iter().cloned());
            services.push(Service::start(name, &options.bin, &logs, &settings)?);
        }
        for service in &mut services {
            let entry = entry(service).await?;
            endpoints.services.insert(service.name.to_owned(), entry);
        }
        finish(&mut endpoints, &keys);
        if let Some(resolver) = endpoints.services.get("resolver") {
            let resolver = resolver.grpc.clone().context("the resolver serves no gRPC")?;
            demo::apply(&resolver, &catalog).await?;
        }
        let path = folder.join("endpoints.json");
        endpoints.write(&path)?;
        Ok(Self { services, stack, endpoints, path })
    }

    /// Returns where everything is.
    #[must_use]
    pub const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Returns the first service that ended without being asked to, and how.
    pub fn ended(&mut self) -> Option<(&'static str, std::process::ExitStatus)> {
        self.services.iter_mut().find_map(|service| Some((service.name, service.ended()?)))
    }

    /// Kills a service at once, as a crash would.
    ///
    /// # Errors
    /// When there is no such service.
    pub async fn kill(&mut self, name: &str) -> anyhow::Result<()> {
        self.service(name)?.kill().await
    }

    /// Starts a service again that has ended, where it was before, and waits until it is ready. `more` settings replace
    /// those it had.
    ///
    /// # Errors
    /// When there is no such service, or it does not start.
    pub async fn revive(&mut self, name: &str, more: &[(String, String)]) -> anyhow::Result<()> {
        let place = self.endpoints.services.get(name).context("no such service")?;
        let at = |url: &Option<String>| url.as_deref().and_then(|url| url.strip_prefix("http://")).map(str::to_owned);
        let listeners =
            [("HTTP", at(&place.http)), ("GRPC", at(&place.grpc)), ("ADMIN", at(&Some(place.admin.clone())))];
        let listen = |(part, address): (&str, Option<String>)| Some((format!("CALLFLOW__{part}__LISTEN"), address?));
        let mut settings: Vec<_> = listeners.into_iter().filter_map(listen).collect();
        settings.extend(more.iter().cloned());
        let service = self.service(name)?;
        service.again(&settings)?;
        let entry = entry(service).await?;
        self.endpoints.services.insert(name.to_owned(), entry);
        self.endpoints.write(&self.path)
    }

    /// Starts another process of a service that takes a free port, as a second pod of it does, and returns where it is.
    ///
    /// # Errors
    /// When there is no such service, or its twin does not become ready.
    pub async fn twin(&mut self, name: &str) -> anyhow::Result<endpoints::Service> {
        let folder = self.path.with_file_name("twin");
        let mut twin = self.service(name)?.twin(&folder)?;
        let entry = entry(&mut twin).await?;
        self.services.push(twin);
        Ok(entry)
    }

    fn service(&mut self, name: &str) -> anyhow::Result<&mut Service> {
        self.services.iter_mut().find(|service| service.name == name).with_context(|| format!("no service {name}"))
    }

    /// Stops the services in order, the servers last, and removes the endpoints file.
    pub async fn stop(mut self) {
        let _ = fs::remove_file(&self.path);
        // Whoever brings work in ends first.
        while let Some(service) = self.services.pop() {
            service.stop().await;
        }
        self.stack.stop().await;
    }
}

/// Returns where a service is, once it says so.
async fn entry(service: &mut Service) -> anyhow::Result<endpoints::Service> {
    let ready = service.ready().await?;
    let url = |address: String| format!("http://{address}");
    Ok(endpoints::Service {
        pid: ready.pid,
        http: ready.http.map(url),
        grpc: ready.grpc.map(url),
        admin: url(ready.admin),
        log: service.log.display().to_string(),
    })
}

fn servers_of(stack: &Stack, token: &str) -> Endpoints {
    let servers = stack.endpoints();
    Endpoints {
        pid: std::process::id(),
        dashboard_token: token.to_owned(),
        postgres: servers.postgres,
        redis: servers.redis.unwrap_or_default(),
        amqp: servers.amqp,
        ..Endpoints::default()
    }
}

fn finish(endpoints: &mut Endpoints, keys: &[(String, String)]) {
    let http = |name: &str| endpoints.services.get(name).and_then(|service| service.http.clone()).unwrap_or_default();
    let (ingress, metrics) = (http("ingress"), http("metrics"));
    endpoints.dashboard = format!("{metrics}/?token={}", endpoints.dashboard_token);
    for (slug, key) in keys {
        let at = |surface: &str| format!("{ingress}/retell/{slug}/{surface}");
        let company = endpoints::Company {
            signing_key: key.clone(),
            inbound: at("inbound"),
            events: at("events"),
            functions: at("functions"),
        };
        endpoints.companies.insert(slug.clone(), company);
    }
}

/// Returns the settings of one service; each gets only its own, because unknown ones are refused.
fn settings(
    name: &str,
    stack: &Stack,
    ports: &Ports,
    folder: &Path,
    token: &str,
) -> anyhow::Result<Vec<(String, String)>> {
    let role = match name {
        "resolver" => Role::Resolver,
        "availability" => Role::Availability,
        "booking" => Role::Booking,
        "metrics" => Role::Metrics,
        _ => Role::Ingress,
    };
    let mut settings = vec![
        ("CALLFLOW__MODE".to_owned(), "dev".to_owned()),
        ("CALLFLOW__ADMIN__LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ("CALLFLOW__AMQP__URL".to_owned(), stack.rabbitmq().url(role)),
    ];
    let mut set = |key: &str, value: String| settings.push((format!("CALLFLOW__{key}"), value));
    let loopback = |port: u16| format!("127.0.0.1:{port}");
    let grpc = |port: u16| format!("http://127.0.0.1:{port}");
    if name != "metrics" {
        set("DATABASE__URL", stack.postgres().url(role));
    }
    if matches!(name, "ingress" | "resolver" | "availability" | "metrics") {
        set("REDIS__URL", stack.redis().url().to_owned());
    }
    match name {
        "resolver" => set("GRPC__LISTEN", loopback(ports.resolver)),
        "availability" => set("GRPC__LISTEN", loopback(ports.availability)),
        "booking" => {
            set("GRPC__LISTEN", loopback(ports.booking));
            set("AVAILABILITY__ENDPOINTS", grpc(ports.availability));
        }
        "metrics" => {
            set("GRPC__LISTEN", loopback(0));
            set("HTTP__LISTEN", loopback(0));
            set("DASHBOARD__TOKEN", token.to_owned());
            set("RESOLVER__ENDPOINTS", grpc(ports.resolver));
            set("BOOKING__ENDPOINTS", grpc(ports.booking));
        }
        _ => {
            set("HTTP__LISTEN", loopback(0));
            set("RESOLVER__ENDPOINTS", grpc(ports.resolver));
            set("AVAILABILITY__ENDPOINTS", grpc(ports.availability));
            set("BOOKING__ENDPOINTS", grpc(ports.booking));
            let signing = folder.join("signing").canonicalize().context("finding the signing keys")?;
            set("SIGNING__DIR", signing.display().to_string());
        }
    }
    Ok(settings)
}
