//! Calls with the branch, the method and the language they must resolve to; and no call ever
//! resolves into another company.

use std::collections::HashMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    language::{Language, Signals, choose},
    masked::PhoneNumber,
    phone::{Caller, Country, diverted},
};

/// slug, active, fallback, time zone, service areas
type BranchRow = (&'static str, bool, &'static str, &'static str, &'static str);

const SALON: &[BranchRow] = &[
    ("berlin-mitte", true, "potsdam", "Europe/Berlin", "+4930"),
    ("berlin-west", true, "", "Europe/Berlin", "+493067 +49309"),
    ("potsdam", true, "", "Europe/Berlin", "+49331 +4933"),
    ("hamburg", false, "potsdam", "Europe/Berlin", "+4940"),
    ("luebeck", false, "hamburg", "Europe/Berlin", "+49451"),
    ("bremen", false, "oldenburg", "Europe/Berlin", "+49421"),
    ("oldenburg", false, "bremen", "Europe/Berlin", ""),
    ("wien", false, "", "Europe/Vienna", "+431"),
    ("london", true, "", "Europe/London", "+4420 +44161"),
    ("manchester", true, "", "Europe/London", "+44161"),
    ("ghost", false, "suedpark/koeln", "Europe/Berlin", "+49800"),
];
const PRACTICE: &[BranchRow] = &[("koeln", true, "", "Europe/Berlin", "+49221 +49171")];
const CLOSED: &[BranchRow] = &[("one", false, "two", "Europe/Berlin", ""), ("two", false, "one", "Europe/Berlin", "")];
const OPEN: &[BranchRow] = &[("a", true, "", "Europe/Berlin", "+4930"), ("b", true, "", "Europe/Berlin", "+4930")];
const COMPANIES: &[(&str, &str, &[BranchRow])] =
    &[("salon", "berlin-mitte", SALON), ("suedpark", "koeln", PRACTICE), ("closed", "one", CLOSED), ("open", "", OPEN)];
const NUMBERS: &[(&str, &str)] = &[
    ("+493023125100", "salon/berlin-mitte"),
    ("+493023125101", "salon/berlin-west"),
    ("+4933123125200", "salon/potsdam"),
    ("+494023125300", "salon/hamburg"),
    ("+4945123125400", "salon/luebeck"),
    ("+4942123125500", "salon/bremen"),
    ("+43123125600", "salon/wien"),
    ("+442079460000", "salon/london"),
    ("+498002312500", "salon/ghost"),
    ("+493023125999", "salon"),
    ("+492214710200", "suedpark/koeln"),
    ("+493099990000", "closed/one"),
];
const AGENTS: &[(&str, &str)] = &[
    ("agent_reception", "salon"),
    ("agent_potsdam", "salon/potsdam"),
    ("agent_bremen", "salon/bremen"),
    ("agent_practice", "suedpark/koeln"),
];

/// Fields of a call, and after the arrow: branch, outcome, method, language.
const CALLS: &str = "
    # the dialled number
    to=+493023125100 from=+491713920017                       -> berlin-mitte resolved number de
    to=+493023125101 from=+491713920017                       -> berlin-west resolved number de
    to=+4933123125200 from=+491713920017                      -> potsdam resolved number de
    to=+442079460000 from=+447700900123                       -> london resolved number en
    to=+493023125100 from=anonymous                           -> berlin-mitte resolved number de
    to=+493023125100 from=unknown heard=Turkish               -> berlin-mitte resolved number tr
    to=+493023125100                                          -> berlin-mitte resolved number de
    to=+493023125100 from=110                                 -> berlin-mitte resolved number de
    to=+493023125100 from=%00%07nonsense                      -> berlin-mitte resolved number de
    to=+49(0)30-231251-00 from=+491713920017                  -> berlin-mitte resolved number de
    to=+493023125999 from=anonymous                           -> berlin-mitte default default de
    to=+493023125999 from=+4933123456                         -> potsdam resolved service_area de
    to=+498999998110 from=anonymous                           -> berlin-mitte default default de
    to=+498999998110 from=+447700900123                       -> berlin-mitte default default en
    to=garbage from=+4930123456                               -> berlin-mitte resolved service_area de
    # metadata beats the number
    to=+493023125100 meta=potsdam                             -> potsdam resolved metadata de
    to=+493023125100 meta=london from=+905321234567           -> london resolved metadata tr
    to=+493023125100 meta=salon/potsdam                       -> potsdam resolved metadata de
    to=+493023125100 meta=nowhere                             -> berlin-mitte resolved number de
    to=+493023125100 meta=suedpark/koeln                      -> berlin-mitte resolved number de
    to=+493023125100 meta=suedpark/potsdam                    -> berlin-mitte resolved number de
    to=+493023125100 meta=koeln                               -> berlin-mitte resolved number de
    to=+493023125100 meta=hamburg                             -> potsdam fallback metadata de
    meta=potsdam                                              -> potsdam resolved metadata de
    # diversion counts as the dialled number, and says first where the caller wanted to go
    to=+493023125100 div=<sip:+493023125101@x>;reason=busy    -> berlin-west resolved number de
    to=+493023125999 div=<sip:+4933123125200@x>               -> potsdam resolved number de
    to=+493023125100 div=<sip:+492214710200@x>                -> berlin-mitte resolved number de
    to=+493023125100 div=<sip:+498999998110@x>                -> berlin-mitte resolved number de
    to=+493023125100 div=<sip:+493023125101@x>,<sip:+4933123125200@x> -> potsdam resolved number de
    to=+493023125100 div=<<<>>>,;;;                           -> berlin-mitte resolved number de
    to=+493023125100 div=<sip:anonymous@anonymous.invalid>    -> berlin-mitte resolved number de
    to=+494023125300 div=<sip:+493023125101@x>                -> berlin-west resolved number de
    # the agent, when the number says nothing
    to=+493023125999 agent=agent_potsdam                      -> potsdam resolved agent de
    to=+493023125100 agent=agent_potsdam                      -> berlin-mitte resolved number de
    to=+493023125999 agent=agent_reception                    -> berlin-mitte default default de
    to=+493023125999 agent=agent_practice                     -> berlin-mitte default default de
    to=+493023125999 agent=agent_nobody                       -> berlin-mitte default default de
    to=+493023125999 agent=agent_bremen                       -> berlin-mitte default default de
    to=+493023125999 agent=agent_potsdam from=+442079460123   -> potsdam resolved agent en
    # the caller's history
    to=+493023125999 from=+491713920017 hist=potsdam          -> potsdam resolved history de
    to=+493023125999 from=+4933123456 hist=london             -> london resolved history de
    to=+493023125999 from=+491713920017 hist=suedpark/koeln   -> berlin-mitte resolved time_zone de
    to=+493023125999 from=+491713920017 hist=hamburg          -> potsdam fallback history de
    to=+493023125100 from=+491713920017 hist=potsdam          -> berlin-mitte resolved number de
    # the caller's area, never that of the dialled number; the longest prefix wins
    to=+493023125999 from=+4930123456                         -> berlin-mitte resolved service_area de
    to=+493023125999 from=+49306712345                        -> berlin-west resolved service_area de
    to=+493023125999 from=+4933212345                         -> potsdam resolved service_area de
    to=+493023125999 from=+4940123456                         -> potsdam fallback service_area de
    to=+493023125999 from=+442079460123                       -> london resolved service_area en
    to=+493023125999 from=+441619460123                       -> berlin-mitte default default en
    to=+493023125999 from=+4922112345                         -> berlin-mitte resolved time_zone de
    to=+493023125999 from=+498001234567                       -> berlin-mitte default default de
    # the caller's clock
    to=+493023125999 from=+491713920017                       -> berlin-mitte resolved time_zone de
    to=+493023125999 from=+43664123456                        -> berlin-mitte default default de
    to=+493023125999 from=+33612345678                        -> berlin-mitte resolved time_zone de
    to=+493023125999 from=+12125550123                        -> berlin-mitte default default en
    to=+493023125999 from=+966512345678                       -> berlin-mitte default default ar
    # branches that are not active
    to=+494023125300 from=+491713920017                       -> potsdam fallback number de
    to=+4945123125400 from=+491713920017                      -> potsdam fallback number de
    to=+4942123125500 from=+491713920017                      -> berlin-mitte default default de
    to=+43123125600 from=+43664123456                         -> berlin-mitte default default de
    to=+498002312500 from=+491713920017                       -> berlin-mitte default default de
    # language
    to=+493023125100 from=+491713920017 stored=tr             -> berlin-mitte resolved number tr
    to=+493023125100 from=+491713920017 stored=tr heard=en-US -> berlin-mitte resolved number tr
    to=+493023125100 from=+491713920017 heard=العربية         -> berlin-mitte resolved number ar
    to=+493023125100 from=+905321234567                       -> berlin-mitte resolved number tr
    to=+493023125100 from=+74951234567                        -> berlin-mitte resolved number de
    to=+493023125100 from=+447700900123 stored=ru heard=ru-RU -> berlin-mitte resolved number en
    # other companies
    as=suedpark to=+492214710200 from=+491713920017           -> koeln resolved number de
    as=suedpark to=+493023125100 from=anonymous               -> koeln default default de
    as=suedpark to=+493023125100 from=+491713920017           -> koeln resolved service_area de
    as=suedpark to=+493023125100 meta=salon/berlin-mitte agent=agent_potsdam -> koeln default default de
    as=suedpark to=+492214710200 meta=potsdam hist=salon/potsdam -> koeln resolved number de
    as=closed to=+493099990000 from=+4930123456               -> - unresolved default de
    as=closed to=+493023125100 meta=salon/potsdam             -> - unresolved default de
    as=open to=+493000000000 from=+4930123456                 -> - unresolved default de
    as=open to=+493000000000 from=anonymous                   -> - unresolved default de
    as=open meta=b                                            -> b resolved metadata de
    as=nobody to=+493023125100 meta=salon/berlin-mitte        -> - unresolved default de
";

/// Splits `company/branch`; a lone name is a branch of the company given.
fn place(name: &str, company: &str) -> (CompanyId, BranchId) {
    let (company, branch) = name.split_once('/').unwrap_or((company, name));
    let company = CompanyId::from_slug(company);
    (company, company.branch(branch))
}

fn world() -> HashMap<BranchId, BranchFact> {
    let mut world = HashMap::new();
    for (company, _, branches) in COMPANIES {
        for (slug, active, fallback, ..) in *branches {
            let (owner, id) = place(slug, company);
            let fallback = (!fallback.is_empty()).then(|| place(fallback, company).1);
            world.insert(id, BranchFact { id, company: owner, slug: (*slug).to_owned(), active: *active, fallback });
        }
    }
    world
}

/// Gathers the evidence of a call as a resolver does, each signal on its own.
struct Call<'a> {
    fields: HashMap<&'a str, String>,
    company: &'a str,
    caller: Caller,
    world: &'a HashMap<BranchId, BranchFact>,
}

impl<'a> Call<'a> {
    fn new(text: &'a str, world: &'a HashMap<BranchId, BranchFact>) -> Self {
        let fields: HashMap<_, _> = text
            .split_whitespace()
            .filter_map(|field| field.split_once('='))
            .map(|(key, value)| (key, value.replace("%00", "\0").replace("%07", "\u{7}")))
            .collect();
        let company = text.split_whitespace().find_map(|field| field.strip_prefix("as=")).unwrap_or("salon");
        let caller = Caller::read(fields.get("from").map_or("", String::as_str), Some(Country::DE));
        Self { fields, company, caller, world }
    }

    fn field(&self, key: &str) -> Option<&str> {
        self.fields.get(key).map(String::as_str)
    }

    fn default_branch(&self) -> Option<BranchId> {
        let row = COMPANIES.iter().find(|(slug, ..)| *slug == self.company)?;
        (!row.1.is_empty()).then(|| place(row.1, self.company).1)
    }

    fn evidence(&self) -> Vec<Evidence> {
        let mut all = vec![self.time_zone(), self.service_area()];
        all.extend(self.field("hist").map(|name| {
            let (company, branch) = place(name, self.company);
            Evidence::branch(Method::History, company, branch, "3 calls before")
        }));
        all.extend(self.field("agent").map(|agent| owner(Method::Agent, AGENTS, agent)));
        all.extend(self.dialled().iter().map(|number| owner(Method::Number, NUMBERS, number.expose())));
        all.extend(self.field("meta").map(|name| {
            let json = match name.split_once('/') {
                Some((company, branch)) => serde_json::json!({"tenant_id": company, "location_id": branch}),
                None => serde_json::json!({"location_id": name}),
            };
            Claim::of(&json).evidence(self.company)
        }));
        all
    }

    fn dialled(&self) -> Vec<PhoneNumber> {
        let mut numbers = self.field("div").map(|header| diverted(header, Some(Country::DE))).unwrap_or_default();
        let to = self.field("to").map(|text| Caller::read(text, Some(Country::DE)));
        numbers.extend(to.and_then(|to| to.number().cloned()));
        numbers
    }

    fn rows(&self) -> impl Iterator<Item = (&'static BranchRow, BranchId)> {
        let company = self.company;
        let rows = COMPANIES.iter().find(|(slug, ..)| *slug == company).map_or(&[][..], |(_, _, rows)| rows);
        rows.iter().map(move |row| (row, place(row.0, company).1))
    }

    fn places(&self) -> Places {
        let areas: Vec<Vec<String>> =
            self.rows().map(|(row, _)| row.4.split_whitespace().map(str::to_owned).collect()).collect();
        let each = self.rows().zip(&areas).map(|((row, id), areas)| (self.world[&id].clone(), row.3, areas.as_slice()));
        Places::new(CompanyId::from_slug(self.company), each)
    }

    fn among(&self, method: Method, fitting: &Fitting, reason: &str) -> Evidence {
        Evidence::among(method, CompanyId::from_slug(self.company), self.default_branch(), fitting, reason)
    }

    fn service_area(&self) -> Evidence {
        match self
            .caller
            .number()
            .and_then(|number| self.places().areas.longest(number).map(|(p, f)| (p.to_owned(), f.clone())))
        {
            Some((prefix, fitting)) => self.among(Method::ServiceArea, &fitting, &format!("area {prefix}")),
            None => Evidence::nothing(Method::ServiceArea, "no service area"),
        }
    }

    fn time_zone(&self) -> Evidence {
        match self.caller.origin().and_then(|origin| origin.time_zone) {
            Some(zone) => {
                let places = self.places();
                let fitting = places.clocks.like(zone, "2026-11-24T09:00:00Z".parse().unwrap());
                self.among(Method::TimeZone, &fitting, &format!("clock {zone}"))
            }
            None => Evidence::nothing(Method::TimeZone, "number tells no time zone"),
        }
    }

    fn resolve(&self) -> Resolution {
        let company = CompanyId::from_slug(self.company);
        let question = Question { company, default_branch: self.default_branch(), evidence: self.evidence() };
        resolve(&question, |id| self.world.get(&id).cloned())
    }

    fn language(&self) -> Language {
        let read = |key| self.field(key).and_then(Language::read);
        choose(&Signals {
            stored: read("stored"),
            detected: read("heard"),
            country: self.caller.origin().and_then(|origin| origin.country),
            company_default: Some(Language::DE),
            supported: &[Language::DE, Language::EN, Language::TR, Language::AR],
            ..Signals::default()
        })
        .language
    }
}

/// Looks a number or an agent up in all companies, as a table without the company in its key would.
fn owner(method: Method, table: &[(&str, &str)], key: &str) -> Evidence {
    let Some((_, name)) = table.iter().find(|(own, _)| *own == key) else {
        return Evidence::nothing(method, "not in any catalog");
    };
    let branch = name.contains('/').then(|| place(name, "").1);
    let company = CompanyId::from_slug(name.split('/').next().unwrap_or(name));
    Evidence::of(method, company, branch, "catalog")
}

#[test]
fn calls_resolve_as_the_table_says() {
    let world = world();
    let rows: Vec<_> = CALLS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(rows.len() >= 60, "{} calls", rows.len());
    for row in rows {
        let (text, expected) = row.split_once("->").unwrap();
        let expected: Vec<_> = expected.split_whitespace().collect();
        let call = Call::new(text, &world);
        let got = call.resolve();
        let branch = got.branch.map_or("-", |id| world[&id].slug.as_str());
        let outcome = serde_json::to_value(got.outcome).unwrap();
        let language = call.language();
        let shown = [branch, outcome.as_str().unwrap(), got.method.as_str(), language.as_str()];
        assert_eq!(shown, expected.as_slice(), "{row}\n{got:#?}");
        assert!((got.confidence - got.method.confidence()).abs() < f64::EPSILON);
    }
}

#[test]
fn the_answer_explains_every_signal() {
    let world = world();
    let call = Call::new("to=+494023125300 meta=suedpark/koeln agent=agent_potsdam from=+4930123456 hist=gone", &world);
    let resolution = call.resolve();
    let shown: Vec<_> = resolution
        .signals
        .iter()
        .map(|signal| {
            format!("{} {} {:?}: {}", signal.method.as_str(), signal.confidence, signal.verdict, signal.reason)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "metadata 1 Foreign: belongs to another company and was ignored",
            "number 0.9 Won: catalog: hamburg",
            "agent 0.8 Outweighed: catalog: potsdam",
            "history 0.7 Unknown: 3 calls before, which names no branch that exists",
            "service_area 0.6 Outweighed: area +4930: berlin-mitte",
            "time_zone 0.5 Outweighed: clock Europe/Berlin, which 3 branches share, the default one among them: \
             berlin-mitte",
        ]
    );
    assert_eq!(resolution.passed_over, [place("hamburg", "salon").1]);
    let json = serde_json::to_string(&resolution).unwrap();
    assert_eq!(serde_json::from_str::<Resolution>(&json).unwrap(), resolution);
}

#[test]
fn a_long_chain_ends() {
    let company = CompanyId::from_slug("chain");
    let id = |n: u32| company.branch(&format!("b{n}"));
    let find = |wanted: BranchId| {
        let n = (0..100).find(|n| id(*n) == wanted)?;
        Some(BranchFact { id: wanted, company, slug: format!("b{n}"), active: n == 99, fallback: Some(id(n + 1)) })
    };
    let evidence = vec![Evidence::branch(Method::Number, company, id(0), "catalog")];
    let resolution = resolve(&Question { company, default_branch: Some(id(90)), evidence }, find);
    assert_eq!((resolution.outcome, resolution.branch), (Outcome::Default, Some(id(99))));
}

/// A small world in which everything may point anywhere, across companies too.
fn any_world() -> impl Strategy<Value = (Vec<BranchFact>, Question)> {
    let id = || (0_u128..12).prop_map(|n| BranchId(Uuid::from_u128(n)));
    let company = || (0_u128..3).prop_map(|n| CompanyId(Uuid::from_u128(1000 + n)));
    let fact = (id(), company(), any::<bool>(), prop::option::of(id()))
        .prop_map(|(id, company, active, fallback)| BranchFact { id, company, slug: id.to_string(), active, fallback });
    let method = prop::sample::select(Method::SIGNALS.to_vec());
    let evidence = (method, company(), prop::option::of(id())).prop_map(|(m, c, b)| Evidence::of(m, c, b, "any"));
    (prop::collection::vec(fact, 0..12), company(), prop::option::of(id()), prop::collection::vec(evidence, 0..8))
        .prop_map(|(facts, company, default_branch, evidence)| (facts, Question { company, default_branch, evidence }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn no_input_resolves_across_companies((facts, question) in any_world()) {
        let resolution = resolve(&question, |id| facts.iter().find(|fact| fact.id == id).cloned());
        let fact = |id: &BranchId| facts.iter().find(|fact| fact.id == *id).unwrap();
        if let Some(branch) = &resolution.branch {
            prop_assert_eq!(fact(branch).company, question.company);
            prop_assert!(fact(branch).active);
        }
        for named in resolution.signals.iter().filter_map(|signal| signal.branch.as_ref()) {
            prop_assert_eq!(fact(named).company, question.company);
        }
        for passed in &resolution.passed_over {
            prop_assert!(fact(passed).company == question.company && !fact(passed).active);
        }
        prop_assert_eq!(resolution.branch.is_none(), resolution.outcome == Outcome::Unresolved);
        prop_assert_eq!(resolution.signals.len(), question.evidence.len());
        prop_assert!(resolution.signals.iter().filter(|signal| signal.verdict == Verdict::Won).count() <= 1);
    }

    #[test]
    fn no_metadata_panics(json in ".{0,80}|\\{\"(tenant_id|branch)\":\".{0,20}\"\\}") {
        let _ = Claim::read(&json).evidence("salon");
    }
}
