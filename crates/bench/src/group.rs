//! What is measured, one file each. A group takes the world and returns its figures.

mod ack;
mod attack;
mod booking;
mod calm;
mod chain;
mod consume;
mod corner;
mod function;
mod herd;
mod hold;
mod idle;
mod publish;
mod resolve;
mod ring;
mod search;
mod slots;

use clap::ValueEnum;

use crate::{figure::Figure, world::World};

/// Everything that can be measured, in the order of a full run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// Memory of the services after one call; first, before anything else has filled it.
    Idle,
    /// Resolving calls over gRPC.
    Resolve,
    /// The inbound answer while the phone rings.
    Ring,
    /// The publisher beside a bare client.
    Publish,
    /// Working events off, and the time from webhook to effect.
    Consume,
    /// Free time as arithmetic alone, without any service.
    Slots,
    /// Searching over gRPC: two weeks of eight people, warm and cold.
    Search,
    /// Holding over gRPC.
    Hold,
    /// Booking beside the same SQL, the latency of one, series and sequences.
    Booking,
    /// A thousand callers for one slot.
    Herd,
    /// Functions in the middle of a call.
    Function,
    /// Acknowledging events, beside a bare program.
    Ack,
    /// Honest callers while the fleet is attacked.
    Attack,
}

impl Group {
    /// Measures the group.
    pub(crate) async fn measure(self, world: &World) -> anyhow::Result<Vec<Figure>> {
        match self {
            Self::Idle => idle::measure(world).await,
            Self::Resolve => resolve::measure(world).await,
            Self::Ring => ring::measure(world).await,
            Self::Publish => publish::measure(world).await,
            Self::Consume => consume::measure(world).await,
            Self::Slots => slots::measure(),
            Self::Search => search::measure(world).await,
            Self::Hold => hold::measure(world).await,
            Self::Booking => booking::measure(world).await,
            Self::Herd => herd::measure(world).await,
            Self::Function => function::measure(world).await,
            Self::Ack => ack::measure(world).await,
            Self::Attack => attack::measure(world).await,
        }
    }
}
