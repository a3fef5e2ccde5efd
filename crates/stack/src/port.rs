//! Free ports on the loopback interface.

use std::{
    fs,
    io::{self, ErrorKind},
    net::{Ipv4Addr, TcpListener},
};

use uuid::Uuid;

use crate::error::Error;

/// Ports below this one are often used by well-known services.
const LOWEST: u16 = 15_000;

/// How many random ports are tried before the kernel is asked for any.
const TRIES: usize = 200;

/// Returns a port nobody listens on right now; another process may still be faster.
///
/// Ports come from below the range the kernel gives to outgoing connections: a killed server's port
/// would otherwise be handed to some client, or a client that reconnects would connect to itself.
pub(crate) fn free() -> io::Result<u16> {
    let end = outgoing_start().unwrap_or(32_768).max(LOWEST + 1);
    let random = std::iter::repeat_with(|| LOWEST + (Uuid::new_v4().as_u128() as u16) % (end - LOWEST));
    match random.take(TRIES).find(|port| is_free(*port)) {
        Some(port) => Ok(port),
        None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr().map(|address| address.port()),
    }
}

/// Returns a port of the loopback interface that nobody listens on right now and that no outgoing connection is given.
pub fn free_port() -> Result<u16, Error> {
    free().map_err(|source| Error::Port { source })
}

/// Returns whether a server could listen on `port` right now.
pub(crate) fn is_free(port: u16) -> bool {
    // The standard library sets SO_REUSEADDR as the servers do, so lingering connections do not count.
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::AddrInUse && error.kind() != ErrorKind::PermissionDenied,
    }
}

/// Returns the first port of the kernel's range for outgoing connections.
fn outgoing_start() -> Option<u16> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    range.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_somebody_listens_on_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(!is_free(port));
        drop(listener);
        assert!(is_free(port));
    }

    #[test]
    fn free_ports_lie_below_those_of_outgoing_connections() {
        let end = outgoing_start().unwrap_or(32_768);
        for _ in 0..20 {
            let port = free().unwrap();
            assert!((LOWEST..end).contains(&port), "{port}");
        }
    }
}
