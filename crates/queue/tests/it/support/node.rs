//! A broker of a test's own, to be hurt.

use callflow_queue::topology::Subscription;
use callflow_stack::{Kinds, Stack, StackOptions};

use super::Corner;

pub(crate) struct Node {
    pub(crate) stack: Stack,
    pub(crate) corner: Corner,
    _folder: tempfile::TempDir,
}

impl Node {
    /// Starts a private RabbitMQ with a corner in it.
    pub(crate) async fn start(subscriptions: &[Subscription]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stack = Stack::start(StackOptions::test(folder.path(), Kinds::RABBITMQ)).await.unwrap();
        let corner = Corner::make(stack.rabbitmq().admin_url(), subscriptions).await;
        Self { stack, corner, _folder: folder }
    }
}
