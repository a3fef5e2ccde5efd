//! Writing the parts of a company: one statement per table, with all changed rows in one parameter.

use std::collections::{BTreeMap, BTreeSet};

use callflow_domain::{
    catalog::{Company, Room, StaffRef},
    id::CompanyId,
    slot_id::{service_tag, staff_tag},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::document::{self, split};
use crate::{database::Tx, error::Error, person::clean_json, sql};

const DOING: &str = "writing the catalog";

/// Returns the entries that are new or different, and the keys of those that are gone.
fn difference<'a, T: PartialEq>(before: &'a [T], after: &'a [T], key: fn(&T) -> &str) -> (Vec<&'a T>, Vec<String>) {
    let known: BTreeMap<&str, &T> = before.iter().map(|entry| (key(entry), entry)).collect();
    let kept: BTreeSet<&str> = after.iter().map(key).collect();
    let changed = after.iter().filter(|entry| known.get(key(entry)) != Some(entry)).collect();
    let gone = known.into_keys().filter(|slug| !kept.contains(slug)).map(str::to_owned).collect();
    (changed, gone)
}

fn list<T>(company: Option<&Company>, part: fn(&Company) -> &Vec<T>) -> &[T] {
    company.map_or(&[], |company| part(company).as_slice())
}

/// Runs an upsert of all rows at once; the company's id is `$1`, the rows are `$2`.
async fn put(tx: &mut Tx, company: CompanyId, upsert: &str, rows: Vec<Value>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = rows.iter().map(clean_json).collect();
    let values = vec![company.uuid().into(), sql::json(DOING, &rows)?];
    sql::execute(tx, DOING, upsert, values).await.map(|_| ())
}

/// Marks rows as removed by their slugs.
async fn remove(tx: &mut Tx, company: CompanyId, table: &str, slugs: Vec<String>) -> Result<(), Error> {
    if slugs.is_empty() {
        return Ok(());
    }
    let update = format!(
        "UPDATE resolver.{table} SET removed_at = now()
         WHERE company_id = $1 AND slug = ANY($2) AND removed_at IS NULL"
    );
    sql::execute(tx, DOING, &update, vec![company.uuid().into(), slugs.into()]).await.map(|_| ())
}

/// Writes the company's own row, raising its version, which is returned.
pub(super) async fn company(tx: &mut Tx, company: &Company) -> Result<u64, Error> {
    let id = CompanyId::from_slug(&company.slug);
    let upsert = "
        INSERT INTO resolver.company AS c
            (id, slug, name, default_branch_id, default_language, time_zone, schedule, document)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, default_branch_id = excluded.default_branch_id,
            default_language = excluded.default_language, time_zone = excluded.time_zone,
            schedule = excluded.schedule, document = excluded.document, version = c.version + 1, updated_at = now()
        RETURNING version";
    let values = vec![
        id.uuid().into(),
        company.slug.clone().into(),
        company.name.clone().into(),
        company.default_branch.as_deref().map(|slug| id.branch(slug).uuid()).into(),
        company.default_language.to_string().into(),
        company.time_zone.clone().into(),
        clean_json(&serde_json::to_value(&company.schedule).unwrap_or_default()).into(),
        clean_json(&split(company, document::COMPANY)).into(),
    ];
    let version: i64 = sql::scalar(tx, DOING, upsert, values).await?;
    // Reaches whoever listens when the transaction commits, and nobody when it does not.
    let notify = vec![super::CHANNEL.into(), id.to_string().into()];
    sql::execute(tx, DOING, "SELECT pg_notify($1, $2)", notify).await?;
    u64::try_from(version).map_err(|_| Error::Decode { doing: DOING, what: "a company's version" })
}

/// Writes the branches that differ.
pub(super) async fn branches(tx: &mut Tx, before: Option<&Company>, after: &Company) -> Result<(), Error> {
    let id = CompanyId::from_slug(&after.slug);
    let (changed, gone) = difference(list(before, |company| &company.branches), &after.branches, |branch| &branch.slug);
    let row = |branch: &&callflow_domain::catalog::Branch| {
        json!({
            "id": id.branch(&branch.slug), "slug": branch.slug, "name": branch.name, "active": branch.active,
            "fallback_branch_id": branch.fallback.as_deref().map(|slug| id.branch(slug)),
            "time_zone": branch.time_zone.as_ref().unwrap_or(&after.time_zone),
            "schedule": branch.schedule, "service_areas": branch.service_areas,
            "document": split(branch, document::BRANCH),
        })
    };
    let upsert = "
        INSERT INTO resolver.branch
            (id, company_id, slug, name, active, fallback_branch_id, time_zone, schedule, service_areas, document)
        SELECT id, $1, slug, name, active, fallback_branch_id, time_zone, schedule, service_areas, document
        FROM json_to_recordset($2::json) AS b(id uuid, slug text, name text, active boolean, fallback_branch_id uuid,
            time_zone text, schedule jsonb, service_areas text[], document jsonb)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, active = excluded.active,
            fallback_branch_id = excluded.fallback_branch_id, time_zone = excluded.time_zone,
            schedule = excluded.schedule, service_areas = excluded.service_areas, document = excluded.document,
            removed_at = NULL";
    put(tx, id, upsert, changed.iter().map(row).collect()).await?;
    remove(tx, id, "branch", gone).await
}

/// Writes the rooms that differ, or that moved to another branch.
pub(super) async fn rooms(tx: &mut Tx, before: Option<&Company>, after: &Company) -> Result<(), Error> {
    let id = CompanyId::from_slug(&after.slug);
    let (old, new) = (before.map(all_rooms).unwrap_or_default(), all_rooms(after));
    let (changed, gone) = difference(&old, &new, |(_, room)| &room.slug);
    let row = |(branch, room): &&(&str, &Room)| {
        json!({
            "id": id.room(&room.slug), "branch_id": id.branch(branch), "slug": room.slug, "name": room.name,
            "kind": room.kind, "active": room.active,
        })
    };
    let upsert = "
        INSERT INTO resolver.room (id, company_id, branch_id, slug, name, kind, active)
        SELECT id, $1, branch_id, slug, name, kind, active FROM json_to_recordset($2::json)
            AS r(id uuid, branch_id uuid, slug text, name text, kind text, active boolean)
        ON CONFLICT (id) DO UPDATE SET branch_id = excluded.branch_id, name = excluded.name, kind = excluded.kind,
            active = excluded.active, removed_at = NULL";
    put(tx, id, upsert, changed.iter().map(row).collect()).await?;
    remove(tx, id, "room", gone).await
}

/// Returns every room with the slug of its branch.
fn all_rooms(company: &Company) -> Vec<(&str, &Room)> {
    let of = |branch: &'_ callflow_domain::catalog::Branch| branch.rooms.len();
    let mut rooms = Vec::with_capacity(company.branches.iter().map(of).sum());
    for branch in &company.branches {
        rooms.extend(branch.rooms.iter().map(|room| (branch.slug.as_str(), room)));
    }
    rooms
}

/// Writes the staff members that differ; their versions are raised elsewhere.
pub(super) async fn staff(tx: &mut Tx, before: Option<&Company>, after: &Company) -> Result<(), Error> {
    let id = CompanyId::from_slug(&after.slug);
    let (changed, gone) = difference(list(before, |company| &company.staff), &after.staff, |person| &person.slug);
    let row = |person: &&callflow_domain::catalog::Staff| {
        json!({
            "id": id.staff(&person.slug), "branch_id": id.branch(&person.branch), "slug": person.slug,
            "name": person.name, "nicknames": person.nicknames, "skills": person.skills,
            "languages": person.languages, "schedule": person.schedule, "active": person.active,
            "available": person.available, "tag": staff_tag(id.staff(&person.slug)),
            "document": split(person, document::STAFF),
        })
    };
    let upsert = "
        INSERT INTO resolver.staff (id, company_id, branch_id, slug, name, nicknames, skills, languages, schedule,
            active, available, tag, document)
        SELECT id, $1, branch_id, slug, name, nicknames, skills, languages, schedule, active, available, tag, document
        FROM json_to_recordset($2::json) AS s(id uuid, branch_id uuid, slug text, name text, nicknames text[],
            skills text[], languages text[], schedule jsonb, active boolean, available boolean, tag bigint,
            document jsonb)
        ON CONFLICT (id) DO UPDATE SET branch_id = excluded.branch_id, name = excluded.name,
            nicknames = excluded.nicknames, skills = excluded.skills, languages = excluded.languages,
            schedule = excluded.schedule, active = excluded.active, available = excluded.available,
            document = excluded.document, removed_at = NULL";
    put(tx, id, upsert, changed.iter().map(row).collect()).await?;
    remove(tx, id, "staff", gone).await
}

/// Writes the services that differ.
pub(super) async fn services(tx: &mut Tx, before: Option<&Company>, after: &Company) -> Result<(), Error> {
    let id = CompanyId::from_slug(&after.slug);
    let (changed, gone) =
        difference(list(before, |company| &company.services), &after.services, |service| &service.slug);
    let row = |service: &&callflow_domain::catalog::Service| {
        json!({
            "id": id.service(&service.slug), "slug": service.slug, "name": service.name, "aliases": service.aliases,
            "duration_min": service.duration_min, "buffer_before_min": service.buffer_before_min,
            "buffer_after_min": service.buffer_after_min, "required_skills": service.required_skills,
            "min_notice_min": service.min_notice_min, "max_advance_days": service.max_advance_days,
            "not_with": service.not_with, "room_kind": service.room_kind, "branch_slugs": service.branches,
            "active": service.active, "tag": service_tag(id.service(&service.slug)),
            "document": split(service, document::SERVICE),
        })
    };
    let upsert = "
        INSERT INTO resolver.service (id, company_id, slug, name, aliases, duration_min, buffer_before_min,
            buffer_after_min, required_skills, min_notice_min, max_advance_days, not_with, room_kind, branch_slugs,
            active, tag, document)
        SELECT id, $1, slug, name, aliases, duration_min, buffer_before_min, buffer_after_min, required_skills,
            min_notice_min, max_advance_days, not_with, room_kind, branch_slugs, active, tag, document
        FROM json_to_recordset($2::json) AS s(id uuid, slug text, name text, aliases jsonb, duration_min integer,
            buffer_before_min integer, buffer_after_min integer, required_skills text[], min_notice_min integer,
            max_advance_days integer, not_with text[], room_kind text, branch_slugs text[], active boolean,
            tag bigint, document jsonb)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, aliases = excluded.aliases,
            duration_min = excluded.duration_min, buffer_before_min = excluded.buffer_before_min,
            buffer_after_min = excluded.buffer_after_min, required_skills = excluded.required_skills,
            min_notice_min = excluded.min_notice_min, max_advance_days = excluded.max_advance_days,
            not_with = excluded.not_with, room_kind = excluded.room_kind, branch_slugs = excluded.branch_slugs,
            active = excluded.active, document = excluded.document, removed_at = NULL";
    put(tx, id, upsert, changed.iter().map(row).collect()).await?;
    remove(tx, id, "service", gone).await
}

/// Writes the dialled numbers that differ; one that another company has is refused by the table.
pub(super) async fn numbers(tx: &mut Tx, before: Option<&Company>, after: &Company) -> Result<(), Error> {
    let id = CompanyId::from_slug(&after.slug);
    let (changed, _) =
        difference(list(before, |company| &company.phone_numbers), &after.phone_numbers, |entry| &entry.number);
    let row = |entry: &&callflow_domain::catalog::DialledNumber| {
        let branch = entry.branch.as_deref().map(|slug| id.branch(slug));
        json!({"number": entry.number, "branch_id": branch, "language": entry.language})
    };
    // Updated and inserted apart, because an upsert by number could reach into another company.
    let insert = "
        WITH entry AS MATERIALIZED (
            SELECT * FROM json_to_recordset($2::json) AS e(number text, branch_id uuid, language text)
        ), updated AS (
            UPDATE resolver.phone_number n SET branch_id = entry.branch_id, language = entry.language
            FROM entry WHERE n.number = entry.number AND n.company_id = $1 RETURNING n.number
        )
        INSERT INTO resolver.phone_number (number, company_id, branch_id, language)
        SELECT number, $1, branch_id, language FROM entry
        WHERE NOT EXISTS (SELECT FROM updated WHERE updated.number = entry.number)";
    put(tx, id, insert, changed.iter().map(row).collect()).await
}

/// Writes the agents that differ.
pub(super) async fn agents(tx: &mut Tx, before: Option<&Company>, after: &Company) -> Result<(), Error> {
    let id = CompanyId::from_slug(&after.slug);
    let (changed, _) = difference(list(before, |company| &company.agents), &after.agents, |agent| &agent.id);
    let row = |agent: &&callflow_domain::catalog::Agent| {
        let branch = agent.branch.as_deref().map(|slug| id.branch(slug));
        json!({"agent_id": agent.id, "branch_id": branch, "language": agent.language})
    };
    let upsert = "
        INSERT INTO resolver.agent (company_id, agent_id, branch_id, language)
        SELECT $1, agent_id, branch_id, language
        FROM json_to_recordset($2::json) AS a(agent_id text, branch_id uuid, language text)
        ON CONFLICT (company_id, agent_id) DO UPDATE SET branch_id = excluded.branch_id, language = excluded.language";
    put(tx, id, upsert, changed.iter().map(row).collect()).await
}

/// Deletes the numbers and agents of a company that are gone from it.
pub(super) async fn remove_routes(tx: &mut Tx, before: Option<&Company>, after: &Company) -> Result<(), Error> {
    let id = CompanyId::from_slug(&after.slug);
    let (_, numbers) =
        difference(list(before, |company| &company.phone_numbers), &after.phone_numbers, |entry| &entry.number);
    let (_, agents) = difference(list(before, |company| &company.agents), &after.agents, |agent| &agent.id);
    let delete = "
        WITH numbers AS (DELETE FROM resolver.phone_number WHERE company_id = $1 AND number = ANY($2))
        DELETE FROM resolver.agent WHERE company_id = $1 AND agent_id = ANY($3)";
    if numbers.is_empty() && agents.is_empty() {
        return Ok(());
    }
    sql::execute(tx, DOING, delete, vec![id.uuid().into(), numbers.into(), agents.into()]).await.map(|_| ())
}

/// Raises the versions of staff members whose bookable time is decided differently now.
pub(super) async fn bump_schedules(tx: &mut Tx, staff: &[StaffRef]) -> Result<(), Error> {
    if staff.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> =
        staff.iter().map(|person| CompanyId::from_slug(&person.company).staff(&person.staff).uuid()).collect();
    let update = "UPDATE resolver.staff SET schedule_version = schedule_version + 1 WHERE id = ANY($1)";
    sql::execute(tx, DOING, update, vec![ids.into()]).await.map(|_| ())
}
