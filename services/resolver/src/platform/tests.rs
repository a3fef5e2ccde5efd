use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::*;

#[test]
fn an_id_stays_one_segment() {
    for (id, written) in [
        ("call_0a-B9", "call_0a-B9"),
        ("../../v2/list-calls?x#y", "%2E%2E%2F%2E%2E%2Fv2%2Flist-calls%3Fx%23y"),
        ("ü %", "%C3%BC%20%25"),
    ] {
        assert_eq!(segment(id), written);
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_asked() {
    let nowhere = Config { url: "http://127.0.0.1:1".into(), ..Config::default() };
    let id = CallId::parse("call_1").unwrap();
    assert_eq!(Platform::new(&nowhere).unwrap().call("salon", &id).await.unwrap(), Answer::NotAsked);
    let keyed = Config { api_key: Secret::new("key"), ..nowhere };
    assert!(matches!(Platform::new(&keyed).unwrap().call("salon", &id).await, Err(Error::Away(_))));
}

/// Starts a platform that answers one question over TLS; returns its URL, the authority that vouches for it, and what will
/// have been asked, if the handshake came to its end.
async fn encrypted() -> (String, RootCertStore, JoinHandle<Option<String>>) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into());
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap()));
    let mut authorities = RootCertStore::empty();
    authorities.add(authority.der().clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut socket = acceptor.accept(socket).await.ok()?;
        let (mut asked, mut buffer) = (Vec::new(), [0; 1_024]);
        while !asked.ends_with(b"\r\n\r\n") {
            let count = socket.read(&mut buffer).await.unwrap();
            assert_ne!(count, 0, "half a question");
            asked.extend_from_slice(&buffer[..count]);
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
        Some(String::from_utf8(asked).unwrap())
    });
    (url, authorities, asked)
}

async fn ask_with(url: String, authorities: RootCertStore) -> Result<Answer, Error> {
    let config = Config { url, api_key: Secret::new("key_of_the_platform"), ..Config::default() };
    let platform = Platform { client: Some(trusting(authorities).unwrap()), config };
    platform.call("salon", &CallId::parse("call_1").unwrap()).await
}

#[tokio::test]
async fn over_https_the_key_is_said_to_whom_the_authorities_vouch_for() {
    let (url, authorities, asked) = encrypted().await;
    assert_eq!(ask_with(url, authorities).await.unwrap(), Answer::Call(b"{}".to_vec()));
    let asked = asked.await.unwrap().expect("the handshake comes to its end");
    assert!(asked.starts_with("GET /v2/get-call/call_1 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer key_of_the_platform\r\n"), "{asked}");
}

#[tokio::test]
async fn over_https_nothing_is_said_to_anybody_else() {
    let (url, _, asked) = encrypted().await;
    assert!(matches!(ask_with(url, RootCertStore::empty()).await, Err(Error::Away(_))));
    assert_eq!(asked.await.unwrap(), None, "no question was heard");
}
