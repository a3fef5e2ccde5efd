//! Every key in Redis, named in one place.
//!
//! The part in braces is the hash tag: on a cluster, keys with the same tag live on the same node, so one
//! script may touch them together. Holds and snapshots of a branch share one tag; an entry shares one with its
//! lease. The company is part of every tag, so two companies never meet under one key. What identifies a
//! person (a phone number) is hashed before it becomes part of a name.

use callflow_domain::id::{BranchId, CompanyId, MessageId};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Longest entry id kept readable in a key; longer ones are hashed.
const READABLE: usize = 64;

/// A branch and the company it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The company.
    pub company: CompanyId,
    /// Its branch.
    pub branch: BranchId,
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject<'a> {
    /// An id that may be read by whoever looks into Redis: a slug, a UUID, an agent id.
    Public(&'a str),
    /// Something that identifies a person; only its hash reaches Redis.
    Personal(&'a str),
}

impl Subject<'_> {
    /// Returns the text used in keys: the id itself when it is short and plain, else a hash bound to the company.
    fn text(self, company: CompanyId) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-_.:@".contains(&byte);
        match self {
            Self::Public(id) if id.len() <= READABLE && !id.is_empty() && id.bytes().all(plain) => id.to_owned(),
            Self::Public(id) | Self::Personal(id) => {
                let digest = Sha256::new().chain_update(company.uuid()).chain_update(id).finalize();
                // 128 bits: no collision among all the callers there will ever be.
                format!("~{}", hex::encode(&digest[..16]))
            }
        }
    }
}

/// The two keys of a leased value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Leased {
    pub(crate) value: String,
    pub(crate) lease: String,
}

/// Makes key names under one prefix.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    prefix: String,
}

fn short(id: impl Into<Uuid>) -> String {
    id.into().simple().to_string()
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// An entry of a tier and the claim of whoever loads it.
    pub(crate) fn entry(&self, company: CompanyId, kind: &str, subject: Subject<'_>) -> Leased {
        let tag = format!("{}:entry:{{{}/{kind}/{}}}", self.prefix, short(company), subject.text(company));
        Leased { value: format!("{tag}:value"), lease: format!("{tag}:lease") }
    }

    fn branch(&self, site: Site) -> String {
        format!("{}:branch:{{{}/{}}}", self.prefix, short(site.company), short(site.branch))
    }

    /// Spans, expiries, details, order and totals of a branch's holds, as the hold scripts expect them.
    pub(crate) fn holds(&self, site: Site) -> [String; 5] {
        let branch = self.branch(site);
        ["span", "expiry", "detail", "order", "count"].map(|part| format!("{branch}:hold:{part}"))
    }

    /// The epoch under which all days of a branch are valid.
    pub(crate) fn day_epoch(&self, site: Site) -> String {
        format!("{}:day:epoch", self.branch(site))
    }

    /// The snapshot of one day.
    pub(crate) fn day(&self, site: Site, date: Date) -> Leased {
        let day = format!("{}:day:{date}", self.branch(site));
        Leased { value: format!("{day}:value"), lease: format!("{day}:lease") }
    }

    /// Live calls of a company: last signs of life, remembered ends, details.
    pub(crate) fn live(&self, company: CompanyId) -> [String; 3] {
        ["seen", "ended", "info"].map(|part| format!("{}:live:{{{}}}:{part}", self.prefix, short(company)))
    }

    /// Companies that had live calls lately; without a company, as it holds nothing but their ids.
    pub(crate) fn live_companies(&self) -> String {
        format!("{}:live:companies", self.prefix)
    }

    /// The claim on comparing counters with records, of all companies.
    pub(crate) fn recount(&self) -> String {
        format!("{}:minute:recount", self.prefix)
    }

    /// Counters of one minute (minutes since the epoch).
    pub(crate) fn minute(&self, company: CompanyId, minute: i64) -> String {
        format!("{}:minute:{{{}}}:{minute}", self.prefix, short(company))
    }

    /// Histograms of one minute, one field per instrument and writer.
    pub(crate) fn minute_histograms(&self, company: CompanyId, minute: i64) -> String {
        format!("{}:histogram", self.minute(company, minute))
    }

    /// The mark that a message has been counted.
    pub(crate) fn counted(&self, company: CompanyId, message: MessageId) -> String {
        format!("{}:minute:{{{}}}:counted:{}", self.prefix, short(company), short(message))
    }

    /// Turns taken under a rule by one subject.
    pub(crate) fn limit(&self, company: CompanyId, rule: &str, subject: Subject<'_>) -> String {
        format!("{}:limit:{{{}/{rule}/{}}}", self.prefix, short(company), subject.text(company))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(company: &str) -> Site {
        let company = CompanyId::from_slug(company);
        Site { company, branch: company.branch("mitte") }
    }

    /// CRC-16/XMODEM over the hash tag, modulo 16384: the slot as the cluster specification defines it.
    fn slot(key: &str) -> u16 {
        let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
        let hashed = tag.filter(|tag| !tag.is_empty()).unwrap_or(key);
        let crc = hashed.bytes().fold(0_u16, |crc, byte| {
            (0..8).fold(
                crc ^ (u16::from(byte) << 8),
                |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 },
            )
        });
        crc % 16_384
    }

    #[test]
    fn slot_function_matches_the_specification() {
        // The check value of the cluster specification, and two published examples of tags.
        assert_eq!(slot("123456789"), 0x31C3);
        assert_eq!(slot("{user1000}.following"), slot("{user1000}.followers"));
        assert_eq!(slot("foo"), 12_182);
    }

    #[test]
    fn keys_of_one_script_share_a_slot() {
        let keys = Keys::new("callflow");
        let site = site("haarwerk");
        let mut branch = keys.holds(site).to_vec();
        branch.push(keys.day_epoch(site));
        for day in 1..=28 {
            let Leased { value, lease } = keys.day(site, jiff::civil::date(2026, 2, day));
            branch.extend([value, lease]);
        }
        assert!(branch.iter().all(|key| slot(key) == slot(&branch[0])), "{branch:?}");
        let entry = keys.entry(site.company, "agent", Subject::Public("a}{b"));
        assert_eq!(slot(&entry.value), slot(&entry.lease));
        let live = keys.live(site.company);
        assert!(live.iter().all(|key| slot(key) == slot(&live[0])));
        let counted = keys.counted(site.company, MessageId(Uuid::from_u128(1)));
        assert_eq!(slot(&keys.minute(site.company, 5)), slot(&counted));
        assert_eq!(slot(&keys.minute_histograms(site.company, 6)), slot(&counted));
    }

    #[test]
    fn same_id_in_two_companies_is_two_keys() {
        let keys = Keys::new("callflow");
        let (a, b) = (site("a"), site("b"));
        for subject in [Subject::Public("x"), Subject::Personal("+491711234567")] {
            assert_ne!(keys.entry(a.company, "k", subject), keys.entry(b.company, "k", subject));
            assert_ne!(keys.limit(a.company, "k", subject), keys.limit(b.company, "k", subject));
        }
        assert_ne!(keys.holds(a), keys.holds(Site { branch: a.branch, ..b }), "even with the same branch id");
        assert_ne!(
            Subject::Personal("+491711234567").text(a.company),
            Subject::Personal("+491711234567").text(b.company),
            "and hashes cannot be matched across companies"
        );
    }

    #[test]
    fn personal_and_hostile_ids_stay_out_of_key_names() {
        let keys = Keys::new("callflow");
        let company = site("a").company;
        let huge = "9".repeat(10_000);
        for subject in [Subject::Personal("+491711234567"), Subject::Public(&huge), Subject::Public("a\r\nFLUSHALL")] {
            let key = keys.entry(company, "history", subject).value;
            assert!(key.len() < 160 && key.bytes().all(|byte| byte.is_ascii_graphic()), "{key}");
            assert!(!key.contains("1711234567") && !key.contains("FLUSHALL"), "{key}");
        }
    }
}
