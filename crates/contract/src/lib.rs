//! What the services say to each other: code generated from `proto/`, and its conversion to domain values.
//!
//! `src/gen` is checked in, so building needs no protobuf compiler; `tests/generated.rs` fails when it is stale.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod convert;
pub mod schema;

/// Descriptors of every service, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!("gen/descriptor.bin");

macro_rules! generated {
    ($($(#[$doc:meta])* $area:ident => $file:literal),+ $(,)?) => {$(
        $(#[$doc])*
        pub mod $area {
            /// Version 1.
            #[allow(missing_docs, clippy::all, unreachable_pub)]
            pub mod v1 {
                include!(concat!("gen/", $file));
            }
        }
    )+};
}

generated! {
    /// Values every contract shares.
    common => "callflow.common.v1.rs",
    /// What travels over the broker.
    event => "callflow.event.v1.rs",
    /// The resolver's questions and answers.
    resolver => "callflow.resolver.v1.rs",
    /// The availability service's questions and answers.
    availability => "callflow.availability.v1.rs",
    /// The booking service's questions and answers.
    booking => "callflow.booking.v1.rs",
    /// The metrics service's questions and answers.
    metrics => "callflow.metrics.v1.rs",
}
