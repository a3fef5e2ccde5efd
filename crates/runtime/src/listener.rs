//! Binds a service's addresses before it does anything else, and knows which ones it got.

use std::net::{SocketAddr, TcpListener};

use crate::Error;

/// The addresses a service is asked to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenOn {
    /// HTTP for the outside, if the service has any.
    pub http: Option<SocketAddr>,
    /// gRPC for the fleet, if the service has any.
    pub grpc: Option<SocketAddr>,
    /// The admin server; every service has one.
    pub admin: SocketAddr,
}

impl ListenOn {
    /// Returns free ports on loopback, for tests.
    #[must_use]
    pub fn loopback() -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { http: Some(free), grpc: Some(free), admin: free }
    }
}

/// The addresses a service really listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// HTTP for the outside.
    pub http: Option<SocketAddr>,
    /// gRPC for the fleet.
    pub grpc: Option<SocketAddr>,
    /// The admin server.
    pub admin: SocketAddr,
}

/// Bound sockets, waiting to be served; connections made early wait in their backlog.
#[derive(Debug)]
pub struct Listeners {
    http: Option<TcpListener>,
    grpc: Option<TcpListener>,
    admin: TcpListener,
    addresses: Addresses,
}

impl Listeners {
    /// Binds all addresses; port 0 takes a free port.
    ///
    /// # Errors
    /// Names the address that could not be bound; those bound before it are released.
    pub fn bind(on: &ListenOn) -> Result<Self, Error> {
        let (http, http_address) = on.http.map(|address| bind("http", address)).transpose()?.unzip();
        let (grpc, grpc_address) = on.grpc.map(|address| bind("grpc", address)).transpose()?.unzip();
        let (admin, admin_address) = bind("admin", on.admin)?;
        let addresses = Addresses { http: http_address, grpc: grpc_address, admin: admin_address };
        Ok(Self { http, grpc, admin, addresses })
    }

    /// Returns where the service can be reached.
    #[must_use]
    pub const fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Takes the sockets apart for the servers: HTTP, gRPC, admin.
    #[must_use]
    pub fn into_parts(self) -> (Option<TcpListener>, Option<TcpListener>, TcpListener) {
        (self.http, self.grpc, self.admin)
    }
}

fn bind(what: &'static str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        // Both servers drive the socket from an event loop.
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|source| Error::Listen { what, address, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_zero_becomes_a_real_port_and_a_taken_one_is_named() {
        let listeners = Listeners::bind(&ListenOn::loopback()).unwrap();
        let addresses = listeners.addresses();
        assert_ne!(addresses.admin.port(), 0);
        assert_ne!(addresses.http.unwrap().port(), addresses.grpc.unwrap().port());

        let taken = ListenOn { http: None, grpc: addresses.grpc, admin: ListenOn::loopback().admin };
        let error = Listeners::bind(&taken).unwrap_err();
        assert!(error.to_string().contains(&addresses.grpc.unwrap().to_string()), "{error}");
    }
}
