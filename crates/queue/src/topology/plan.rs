//! The topology as plain data, from which both the declarations and the definitions file are made.

use super::{Family, Subscription, Topology, retry_route, route};
use crate::retry::TIERS;

/// After this many returns the broker itself sets a message aside. A backstop only: messages that our client library
/// cannot even parse never reach the code that parks them.
const DELIVERY_LIMIT: i64 = 20;
/// Parked messages are looked at and put back, which counts as a return; RabbitMQ 4 would drop them after 20 looks.
const ANY_NUMBER_OF_LOOKS: i64 = 2_000_000_000;

/// Value of a queue argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument {
    Text(String),
    Number(i64),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExchangePlan {
    pub(super) name: String,
    pub(super) kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueuePlan {
    pub(super) name: String,
    pub(super) arguments: Vec<(&'static str, Argument)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BindingPlan {
    pub(super) source: String,
    pub(super) queue: String,
    pub(super) key: String,
}

/// Exchanges, queues and bindings in the order they can be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) exchanges: Vec<ExchangePlan>,
    pub(super) queues: Vec<QueuePlan>,
    pub(super) bindings: Vec<BindingPlan>,
}

impl Plan {
    fn queue(&mut self, name: String, arguments: Vec<(&'static str, Argument)>) {
        // Replicated and on disk; a full queue says no to the publisher instead of dropping its oldest message.
        let always = [("x-queue-type", "quorum".into()), ("x-overflow", "reject-publish".into())];
        self.queues.push(QueuePlan { name, arguments: always.into_iter().chain(arguments).collect() });
    }

    fn bind(&mut self, source: String, queue: String, key: &str) {
        self.bindings.push(BindingPlan { source, queue, key: key.into() });
    }
}

impl Topology {
    /// Returns the plan of the topic exchange and some families.
    pub(super) fn plan(&self, subscriptions: &[Subscription]) -> Plan {
        let mut plan = Plan::default();
        plan.exchanges.push(self.exchange_plan());
        for part in subscriptions.iter().map(|subscription| self.family(subscription).plan()) {
            plan.exchanges.extend(part.exchanges);
            plan.queues.extend(part.queues);
            plan.bindings.extend(part.bindings);
        }
        plan
    }

    /// Returns the plan of the topic exchange.
    pub(super) fn exchange_plan(&self) -> ExchangePlan {
        ExchangePlan { name: self.exchange(), kind: "topic" }
    }
}

impl Family {
    /// Returns the family's plan; the topic exchange is taken to exist.
    pub(super) fn plan(&self) -> Plan {
        let mut plan = Plan::default();
        plan.exchanges.push(ExchangePlan { name: self.route(), kind: "direct" });
        plan.queue(self.main.clone(), self.limited());
        for tier in TIERS {
            let mut arguments = self.dead_letter(route::MAIN);
            arguments.push(("x-message-ttl", tier.millis().into()));
            plan.queue(self.retry(tier), arguments);
            plan.bind(self.route(), self.retry(tier), &retry_route(tier));
        }
        plan.queue(self.suspect(), self.limited());
        plan.queue(self.parked(), vec![("x-delivery-limit", ANY_NUMBER_OF_LOOKS.into())]);
        plan.bind(self.route(), self.main.clone(), route::MAIN);
        plan.bind(self.route(), self.suspect(), route::SUSPECT);
        plan.bind(self.route(), self.parked(), route::PARKED);
        for key in self.keys {
            plan.bind(self.exchange.clone(), self.main.clone(), key);
        }
        plan
    }

    fn limited(&self) -> Vec<(&'static str, Argument)> {
        let mut arguments = self.dead_letter(route::PARKED);
        arguments.push(("x-delivery-limit", DELIVERY_LIMIT.into()));
        arguments
    }

    /// At least once: the broker keeps the message until its new queue has confirmed it, also over a restart.
    fn dead_letter(&self, key: &'static str) -> Vec<(&'static str, Argument)> {
        vec![
            ("x-dead-letter-exchange", Argument::Text(self.route())),
            ("x-dead-letter-routing-key", key.into()),
            ("x-dead-letter-strategy", "at-least-once".into()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::SUBSCRIPTIONS;

    fn argument<'a>(queue: &'a QueuePlan, name: &str) -> Option<&'a Argument> {
        queue.arguments.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    #[test]
    fn every_queue_is_replicated_and_refuses_rather_than_drops() {
        for queue in Topology::new().plan(&SUBSCRIPTIONS).queues {
            assert_eq!(argument(&queue, "x-queue-type"), Some(&"quorum".into()), "{}", queue.name);
            assert_eq!(argument(&queue, "x-overflow"), Some(&"reject-publish".into()), "{}", queue.name);
        }
    }

    /// RabbitMQ 4 gives a queue that names no limit one of 20 returns and drops what exceeds it. Messages are only taken, and so
    /// only returned, from these three; from delay queues they expire.
    #[test]
    fn every_queue_that_is_read_says_how_often_a_message_may_come_back() {
        let topology = Topology::new();
        let plan = topology.plan(&SUBSCRIPTIONS);
        for family in topology.families() {
            for (name, limit) in [
                (family.main().to_owned(), DELIVERY_LIMIT),
                (family.suspect(), DELIVERY_LIMIT),
                (family.parked(), ANY_NUMBER_OF_LOOKS),
            ] {
                let queue = plan.queues.iter().find(|queue| queue.name == name).unwrap();
                assert_eq!(argument(queue, "x-delivery-limit"), Some(&limit.into()), "{name}");
                let leads_on = argument(queue, "x-dead-letter-strategy");
                assert_eq!(leads_on, (limit == DELIVERY_LIMIT).then_some(&"at-least-once".into()), "{name}");
            }
        }
    }

    /// Arguments that both 3.10 and 4.x know, and that quorum queues have in both.
    #[test]
    fn nothing_is_asked_for_that_one_of_the_versions_does_not_know() {
        let known = [
            "x-queue-type",
            "x-overflow",
            "x-dead-letter-exchange",
            "x-dead-letter-routing-key",
            "x-dead-letter-strategy",
            "x-delivery-limit",
            "x-message-ttl",
        ];
        for queue in Topology::new().plan(&SUBSCRIPTIONS).queues {
            let unknown = queue.arguments.iter().find(|(name, _)| !known.contains(name));
            assert_eq!(unknown, None, "{}", queue.name);
        }
    }

    #[test]
    fn what_expires_goes_back_to_its_own_main_queue_only() {
        let plan = Topology::new().plan(&SUBSCRIPTIONS);
        for queue in plan.queues.iter().filter(|queue| argument(queue, "x-message-ttl").is_some()) {
            let main = queue.name.split(".retry.").next().unwrap();
            assert_eq!(argument(queue, "x-dead-letter-exchange"), Some(&Argument::Text(format!("{main}.route"))));
            assert_eq!(argument(queue, "x-dead-letter-strategy"), Some(&"at-least-once".into()));
            let back: Vec<_> = plan
                .bindings
                .iter()
                .filter(|binding| binding.source == format!("{main}.route") && binding.key == route::MAIN)
                .collect();
            assert_eq!(back.len(), 1);
            assert_eq!(back[0].queue, main);
        }
    }

    #[test]
    fn every_binding_joins_things_that_exist() {
        let plan = Topology::prefixed("t-").plan(&SUBSCRIPTIONS);
        for binding in &plan.bindings {
            assert!(plan.exchanges.iter().any(|exchange| exchange.name == binding.source), "{binding:?}");
            assert!(plan.queues.iter().any(|queue| queue.name == binding.queue), "{binding:?}");
        }
    }
}
