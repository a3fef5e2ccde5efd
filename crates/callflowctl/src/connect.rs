//! Where the fleet is, and how to reach it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use callflow_contract::{
    availability::v1::availability_client::AvailabilityClient, booking::v1::booking_client::BookingClient,
    resolver::v1::resolver_client::ResolverClient,
};
use callflow_queue::topology::OPERATOR;
use serde::Deserialize;
use tonic::transport::{Channel, Endpoint};

use crate::{cli::Global, failure::Failure};

/// Longest wait for one answer; a person is watching.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest wait for a catalog to be checked and applied, or written out: large ones take a while.
const CATALOG_PATIENCE: Duration = Duration::from_secs(120);
/// Catalogs of large companies travel in one message.
const MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// The parts of the endpoints file that are used here; it says more.
#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    services: BTreeMap<String, Service>,
    #[serde(default)]
    amqp: BTreeMap<String, String>,
    #[serde(default)]
    companies: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Service {
    grpc: Option<String>,
}

/// A fleet that commands talk to.
#[derive(Debug)]
pub(crate) struct Fleet {
    resolver: Option<String>,
    availability: Option<String>,
    booking: Option<String>,
    broker: Option<String>,
    company: Option<String>,
}

impl Fleet {
    /// Reads flags, environment and the endpoints file; connects to nothing yet.
    pub(crate) fn find(global: &Global) -> Result<Self, Failure> {
        let file = read(&global.endpoints)?;
        let url = |flag: &Option<String>, name: &str| {
            flag.clone().or_else(|| file.services.get(name).and_then(|service| service.grpc.clone()))
        };
        let only = (file.companies.len() == 1).then(|| file.companies.keys().next().cloned()).flatten();
        Ok(Self {
            resolver: url(&global.resolver, "resolver"),
            availability: url(&global.availability, "availability"),
            booking: url(&global.booking, "booking"),
            broker: global.broker.clone().or_else(|| file.amqp.get(OPERATOR).cloned()),
            company: global.company.clone().or(only),
        })
    }

    /// Returns the slug of the company the command is about.
    pub(crate) fn company(&self) -> Result<String, Failure> {
        self.company.clone().ok_or_else(|| Failure::Usage("which company? Name it with --company SLUG".into()))
    }

    /// Returns the URL of the broker; it holds a password, so it is not shown.
    pub(crate) fn broker(&self) -> Result<String, Failure> {
        self.broker
            .clone()
            .ok_or_else(|| Failure::Unreachable("nothing says where the broker is (--broker URL)".into()))
    }

    /// Connects to the resolver.
    pub(crate) async fn resolver(&self) -> Result<ResolverClient<Channel>, Failure> {
        Ok(ResolverClient::new(connect("resolver", self.resolver.as_deref(), PATIENCE).await?))
    }

    /// Connects to the resolver for catalogs.
    pub(crate) async fn catalog(&self) -> Result<ResolverClient<Channel>, Failure> {
        let channel = connect("resolver", self.resolver.as_deref(), CATALOG_PATIENCE).await?;
        Ok(ResolverClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES))
    }

    /// Connects to the availability service.
    pub(crate) async fn availability(&self) -> Result<AvailabilityClient<Channel>, Failure> {
        Ok(AvailabilityClient::new(connect("availability", self.availability.as_deref(), PATIENCE).await?))
    }

    /// Connects to the booking service.
    pub(crate) async fn booking(&self) -> Result<BookingClient<Channel>, Failure> {
        Ok(BookingClient::new(connect("booking", self.booking.as_deref(), PATIENCE).await?))
    }
}

fn read(path: &Path) -> Result<File, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .map_err(|error| Failure::Usage(format!("{} is no endpoints file: {error}", path.display()))),
        // Flags alone may be enough; whatever is missing is said when it is needed.
        Err(_) => Ok(File::default()),
    }
}

async fn connect(name: &str, url: Option<&str>, patience: Duration) -> Result<Channel, Failure> {
    let url = url.ok_or_else(|| Failure::Unreachable(format!("nothing says where {name} is (--{name} URL)")))?;
    let endpoint = Endpoint::from_shared(url.to_owned())
        .map_err(|_| Failure::Usage(format!("--{name}: {url} is not a URL such as http://127.0.0.1:50051")))?;
    let connected = endpoint.connect_timeout(Duration::from_secs(3)).timeout(patience).connect().await;
    connected.map_err(|_| Failure::Unreachable(format!("{name} does not answer at {url}")))
}
