//! The same over TLS: a broker behind a certificate of our own authority, and not behind any other.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use callflow_queue::{Endpoint, Publisher, topology::METRICS_ALL};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

use crate::support::{Corner, event, with_queue};

/// Starts a TLS end in front of the broker; returns its port and the authority's certificate.
async fn terminate_tls(address: &str) -> (u16, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let uri: lapin::uri::AMQPUri = address.parse().unwrap();
    let server = format!("{}:{}", uri.authority.host, uri.authority.port);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, server) = (acceptor.clone(), server.clone());
            tokio::spawn(async move {
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let Ok(mut server) = TcpStream::connect(server).await else { return };
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (port, authority.pem())
}

/// Returns the error of a first connection, with its causes.
async fn refusal(corner: &Corner, endpoint: &Endpoint) -> String {
    let error = corner.topology.declare_only(endpoint, &[METRICS_ALL]).await.unwrap_err();
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[tokio::test]
async fn whom_it_does_not_trust_and_why_is_said() {
    with_queue(async |corner| {
        let (port, authority) = terminate_tls(&corner.address).await;
        let (_, somebody_else) = terminate_tls(&corner.address).await;
        let uri: lapin::uri::AMQPUri = corner.address.parse().unwrap();
        let (user, vhost) = (uri.authority.userinfo, uri.vhost.replace('/', "%2f"));
        let at = |scheme: &str, host: &str| {
            let address = format!("{scheme}://{}:{}@{host}:{port}/{vhost}", user.username, user.password);
            Endpoint::parse(&address).unwrap()
        };
        let wrong = refusal(corner, &at("amqps", "localhost").with_authority(somebody_else)).await;
        assert!(wrong.contains(&format!("localhost:{port}")) && wrong.contains("invalid peer certificate"), "{wrong}");
        let renamed = refusal(corner, &at("amqps", "127.0.0.1").with_authority(authority.clone())).await;
        assert!(renamed.to_lowercase().contains("not valid for name"), "{renamed}");
        assert!(![wrong, renamed].iter().any(|told| told.contains(&user.password)), "no secret is told");
        let trusting = at("amqps", "localhost").with_authority(authority);
        corner.topology.declare_only(&trusting, &[METRICS_ALL]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_encrypted_broker_is_trusted_by_its_authority_only() {
    with_queue(async |corner| {
        let (port, authority) = terminate_tls(&corner.address).await;
        let uri: lapin::uri::AMQPUri = corner.address.parse().unwrap();
        let (user, vhost) = (uri.authority.userinfo, uri.vhost.replace('/', "%2f"));
        let address = format!("amqps://{}:{}@localhost:{port}/{vhost}", user.username, user.password);
        let endpoint = Endpoint::parse(&address).unwrap();
        assert!(endpoint.is_encrypted());
        let stranger = Publisher::start(endpoint.clone(), &corner.topology, corner.publishing());
        assert!(!stranger.wait_ready(Duration::from_secs(2)).await, "an unknown authority is refused");
        let trusting = endpoint.with_authority(authority);
        let publisher = Publisher::start(trusting, &corner.topology, corner.publishing());
        assert!(publisher.wait_ready(Duration::from_secs(10)).await);
        publisher.publish(event("call_1")).await.unwrap();
        corner.wait_count(corner.family().main(), 1).await;
    })
    .await;
}
