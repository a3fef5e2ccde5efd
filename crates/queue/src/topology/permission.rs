//! The broker's users and the least each needs: which names it may create, write and read, and which keys it may publish.

use super::{
    AVAILABILITY_CHANGE, BOOKING_WISH, METRICS_ALL, RESOLVER_APPOINTMENT, RESOLVER_CALL, SUBSCRIPTIONS, Subscription,
    Topology, key,
};

/// A user of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// Its name, the same as of the service's database role.
    pub name: &'static str,
    /// The families it owns.
    pub consumes: &'static [Subscription],
    /// The routing keys it may publish to the topic exchange.
    pub publishes: &'static [&'static str],
}

/// The user with which `callflowctl` looks after parked messages of every service.
pub const OPERATOR: &str = "callflow_operator";

/// One user per service.
pub const USERS: [User; 5] = [
    User {
        name: "callflow_ingress",
        consumes: &[],
        publishes: &["call.*", "chat.*", key::APPOINTMENT_REQUESTED, key::CALLBACK_REQUESTED, key::ANSWER_GIVEN],
    },
    User {
        name: "callflow_resolver",
        consumes: &[RESOLVER_CALL, RESOLVER_APPOINTMENT],
        // Ends of calls that were lost on their way and asked for.
        publishes: &[key::CATALOG_CHANGED, key::CUSTOMER_CHANGED, key::CALL_ENDED, key::CALL_ANALYZED],
    },
    User { name: "callflow_availability", consumes: &[AVAILABILITY_CHANGE], publishes: &[] },
    User {
        name: "callflow_booking",
        consumes: &[BOOKING_WISH],
        publishes: &["appointment.*", key::SERIES_BOOKED, key::CALLBACK_REQUESTED],
    },
    User { name: "callflow_metrics", consumes: &[METRICS_ALL], publishes: &[] },
];

/// What RabbitMQ checks names against: regular expressions for configure, write and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permission {
    pub(super) configure: String,
    pub(super) write: String,
    pub(super) read: String,
}

const NOTHING: &str = "^$";

impl User {
    /// Returns what the user may do with exchanges and queues.
    pub(super) fn permission(&self, topology: &Topology) -> Permission {
        let own: Vec<_> = self.consumes.iter().map(|one| escape(topology.family(one).main())).collect();
        let family = own.iter().map(|name| format!(r"{name}(\..+)?"));
        let exchange = escape(&topology.exchange());
        let publishes = (!self.publishes.is_empty()).then(|| exchange.clone());
        let reached = self.reaches().map(|one| escape(topology.family(one).main()));
        let binds = (!self.consumes.is_empty()).then_some(exchange);
        Permission {
            configure: any_of(family.clone()),
            write: any_of(family.clone().chain(publishes).chain(reached)),
            read: any_of(family.chain(binds)),
        }
    }

    /// Returns the main queues of others that the user's events reach. It has to see whether they are there before it publishes,
    /// and since RabbitMQ 4.2.6 only who has some right to a queue sees it. To write is the least: it means to bind the queue, to
    /// what the user reads; messages enter through exchanges.
    fn reaches(&self) -> impl Iterator<Item = &'static Subscription> {
        let meet = |one: &Subscription| one.keys.iter().any(|key| self.publishes.iter().any(|own| may_meet(own, key)));
        SUBSCRIPTIONS.iter().filter(|one| !self.consumes.contains(one)).filter(move |one| meet(one))
    }

    /// Returns which routing keys of the topic exchange the user may publish, and bind its queues to.
    pub(super) fn topic_permission(&self) -> (String, String) {
        let publish = self.publishes.iter().map(|pattern| escape(pattern).replace(r"\*", "[a-z_]+"));
        let bind = self.consumes.iter().flat_map(|one| one.keys).map(|pattern| escape(pattern));
        (any_of(publish), any_of(bind))
    }
}

/// The operator reads parked queues, and writes to families' own exchanges: back to the main queue.
pub(super) fn operator_permission(topology: &Topology) -> Permission {
    let families: Vec<_> = topology.families();
    Permission {
        configure: NOTHING.into(),
        write: any_of(families.iter().map(|family| escape(&family.route()))),
        read: any_of(families.iter().map(|family| escape(&family.parked()))),
    }
}

/// Returns whether some routing key fits both patterns.
fn may_meet(one: &str, other: &str) -> bool {
    if one == "#" || other == "#" {
        return true;
    }
    let (one, other): (Vec<_>, Vec<_>) = (one.split('.').collect(), other.split('.').collect());
    let same = |(one, other): (&&str, &&str)| one == other || *one == "*" || *other == "*";
    one.len() == other.len() && one.iter().zip(&other).all(same)
}

fn any_of(patterns: impl Iterator<Item = String>) -> String {
    let patterns: Vec<_> = patterns.collect();
    if patterns.is_empty() { NOTHING.into() } else { format!("^({})$", patterns.join("|")) }
}

fn escape(name: &str) -> String {
    let plain = |symbol: char| symbol.is_ascii_alphanumeric() || matches!(symbol, '-' | '_');
    name.chars().fold(String::new(), |mut escaped, symbol| {
        if !plain(symbol) {
            escaped.push('\\');
        }
        escaped.push(symbol);
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_without_queues_reads_and_creates_nothing() {
        let permission = USERS[0].permission(&Topology::new());
        let write = r"^(callflow\.events|resolver\.call\.v1|booking\.wish\.v1|metrics\.all\.v1)$";
        let expected = Permission { configure: NOTHING.into(), write: write.into(), read: NOTHING.into() };
        assert_eq!(permission, expected);
    }

    #[test]
    fn an_owner_may_do_everything_within_its_families_and_outside_only_see_whom_it_reaches() {
        let permission = USERS[1].permission(&Topology::new());
        let own = r"resolver\.call\.v1(\..+)?|resolver\.appointment\.v1(\..+)?";
        assert_eq!(permission.configure, format!("^({own})$"));
        let reached = r"booking\.wish\.v1|availability\.change\.v1|metrics\.all\.v1";
        assert_eq!(permission.write, format!(r"^({own}|callflow\.events|{reached})$"));
        assert_eq!(permission.read, format!(r"^({own}|callflow\.events)$"));
    }

    #[test]
    fn who_publishes_nothing_has_no_right_to_a_queue_of_others() {
        for user in USERS.iter().filter(|user| user.publishes.is_empty()) {
            assert_eq!(user.reaches().count(), 0, "{}", user.name);
        }
        assert!(may_meet("call.*", "call.analyzed") && may_meet("#", "call.ended"));
        assert!(
            !may_meet("call.*", "chat.*") && !may_meet("call.ended", "call.analyzed") && !may_meet("call", "call.*")
        );
    }

    #[test]
    fn keys_are_limited_to_what_a_service_says_and_hears() {
        let (publish, bind) = USERS[0].topic_permission();
        let expected = r"^(call\.[a-z_]+|chat\.[a-z_]+|appointment\.requested|callback\.requested|answer\.given)$";
        assert_eq!((publish.as_str(), bind.as_str()), (expected, NOTHING));
        assert_eq!(USERS[4].topic_permission(), (NOTHING.into(), r"^(\#)$".into()));
    }

    #[test]
    fn every_subscription_has_exactly_one_owner() {
        for subscription in super::super::SUBSCRIPTIONS {
            let owners = USERS.iter().filter(|user| user.consumes.contains(&subscription)).count();
            assert_eq!(owners, 1, "{}", subscription.queue);
        }
    }
}
