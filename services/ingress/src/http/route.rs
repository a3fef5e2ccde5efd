//! Every address of the service, in one list: the server registers it and the description is made of it.

use actix_web::{Resource, guard, web};

use super::{answer_function, answer_inbound, describe, take_event};

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An inbound question.
    Inbound,
    /// An event.
    Event,
    /// A function.
    Function,
    /// The description itself.
    Description,
}

/// One address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    /// The path with its variables in braces.
    pub(super) path: &'static str,
    /// The methods it answers, in lower case.
    pub(super) methods: &'static [&'static str],
    /// What it is for.
    pub(super) purpose: Purpose,
}

const POST: &[&str] = &["post"];
const ANY: &[&str] = &["get", "post", "put", "patch", "delete"];

/// All of them. Those without a company are for when exactly one company has keys.
pub(super) const ALL: [Route; 9] = [
    Route { path: "/openapi.json", methods: &["get"], purpose: Purpose::Description },
    Route { path: "/retell/inbound", methods: POST, purpose: Purpose::Inbound },
    Route { path: "/retell/events", methods: POST, purpose: Purpose::Event },
    Route { path: "/retell/functions", methods: POST, purpose: Purpose::Function },
    Route { path: "/retell/functions/{name}", methods: ANY, purpose: Purpose::Function },
    Route { path: "/retell/{company}/inbound", methods: POST, purpose: Purpose::Inbound },
    Route { path: "/retell/{company}/events", methods: POST, purpose: Purpose::Event },
    Route { path: "/retell/{company}/functions", methods: POST, purpose: Purpose::Function },
    Route { path: "/retell/{company}/functions/{name}", methods: ANY, purpose: Purpose::Function },
];

impl Route {
    /// Returns the names of the variables in the path.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Returns the route as the server takes it.
    pub(super) fn resource(&self) -> Resource {
        let methods = self.methods;
        let is_served = guard::fn_guard(move |context| {
            methods.iter().any(|method| context.head().method.as_str().eq_ignore_ascii_case(method))
        });
        let route = web::route().guard(is_served);
        let route = match self.purpose {
            Purpose::Inbound => route.to(answer_inbound),
            Purpose::Event => route.to(take_event),
            Purpose::Function => route.to(answer_function),
            Purpose::Description => route.to(describe),
        };
        web::resource(self.path).route(route).default_service(web::to(super::other_method))
    }
}
