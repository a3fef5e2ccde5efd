//! Mutual TLS with certificates made for the test.

use std::path::Path;

use callflow_rpc::{Channel, Error, Server, client, server};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::probe::{Running, ask};

/// A folder with an authority, a server's and a client's certificate, and a stranger's authority.
struct Papers(tempfile::TempDir);

impl Papers {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = authority();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        for (file, name) in [("server", "booking.callflow"), ("client", "ingress.callflow")] {
            certificate(folder.path(), file, name, &issuer);
        }
        let stranger = authority();
        std::fs::write(folder.path().join("stranger-ca.pem"), stranger.pem()).unwrap();
        certificate(folder.path(), "stranger", "ingress.callflow", &stranger);
        Self(folder)
    }

    fn file(&self, name: &str) -> Option<String> {
        Some(self.0.path().join(name).to_str().unwrap().to_owned())
    }

    fn files(&self, who: &str, ca: &str) -> server::Files {
        let pem = |what: &str| self.file(&format!("{who}-{what}.pem"));
        server::Files { cert_file: pem("cert"), key_file: pem("key"), ca_file: self.file(ca) }
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certificate(folder: &Path, file: &str, name: &str, issuer: &CertifiedIssuer<'static, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    std::fs::write(folder.join(format!("{file}-cert.pem")), certificate.pem()).unwrap();
    std::fs::write(folder.join(format!("{file}-key.pem")), key.serialize_pem()).unwrap();
}

fn channel(server: &Running, tls: server::Files, domain: &str) -> Result<Channel, Error> {
    let endpoints = vec![format!("https://{}", server.address)];
    let config = client::Config { endpoints, tls, tls_domain: Some(domain.into()), ..Default::default() };
    Channel::new("booking", &config)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_clients_with_a_certificate_of_the_authority_are_served() {
    let papers = Papers::make();
    let config = server::Config { tls: papers.files("server", "ca.pem"), ..Default::default() };
    let server = Running::start(&config);
    let good = channel(&server, papers.files("client", "ca.pem"), "booking.callflow").unwrap();
    assert_eq!(ask(&good, "Echo", "hello").await.unwrap(), "hello");
    assert!(good.ping().await.is_ok());

    let nobody = server::Files { ca_file: papers.file("ca.pem"), ..Default::default() };
    let refused = [
        ("no certificate", nobody, "booking.callflow"),
        (
            "a stranger's certificate",
            server::Files { ca_file: papers.file("ca.pem"), ..papers.files("stranger", "ca.pem") },
            "booking.callflow",
        ),
        ("a server it cannot trust", papers.files("client", "stranger-ca.pem"), "booking.callflow"),
        ("a server of another name", papers.files("client", "ca.pem"), "elsewhere.callflow"),
    ];
    for (why, tls, domain) in refused {
        let channel = channel(&server, tls, domain).unwrap();
        assert!(ask(&channel, "Echo", "hello").await.unwrap_err().kind.is_transient(), "{why}");
    }
    let plain = crate::probe::channel(&[server.address], client::Config::default());
    assert!(ask(&plain, "Echo", "hello").await.is_err());
}

#[tokio::test]
async fn certificates_that_cannot_work_stop_the_start_and_name_the_file() {
    let papers = Papers::make();
    let new = |tls: server::Files| Server::new(&server::Config { tls, ..Default::default() }).map(|_| ());
    let text = |tls: server::Files| new(tls).unwrap_err().to_string();
    let good = papers.files("server", "ca.pem");
    assert!(new(good.clone()).is_ok());
    assert!(text(server::Files { key_file: papers.file("missing.pem"), ..good.clone() }).contains("missing.pem"));
    let swapped = server::Files { key_file: good.cert_file.clone(), ..good.clone() };
    assert!(text(swapped).contains("holds no private key"));
    let mixed = server::Files { key_file: papers.file("client-key.pem"), ..good };
    assert!(matches!(new(mixed).unwrap_err(), Error::Tls { .. }), "a key of another certificate");
}

#[test]
fn half_a_pair_is_reported_by_its_field() {
    let mut refused = Vec::new();
    let tls = server::Files { cert_file: Some("x".into()), ..Default::default() };
    server::Config { tls, max_active: 0, ..Default::default() }.check(&mut |field, fine, _| {
        if !fine {
            refused.push(field.to_owned());
        }
    });
    assert_eq!(refused, ["tls.cert_file", "tls.key_file", "max_active"]);
}
