//! The catalog: companies and everything an operator declares about them.
//!
//! Foreign keys carry the company id on both sides, so that no row can point into another company.
//! Branches, staff, services and rooms are never deleted, because appointments name them: what is
//! gone from the catalog gets `removed_at`, and comes back to life when its slug returns.

super::step!(
    "m0002_catalog",
    r"
CREATE TABLE resolver.company (
    id                uuid PRIMARY KEY,
    slug              text NOT NULL CONSTRAINT company_slug UNIQUE,
    name              text NOT NULL,
    default_branch_id uuid,
    default_language  text NOT NULL,
    time_zone         text NOT NULL,
    document          jsonb NOT NULL DEFAULT '{}',
    schedule          jsonb NOT NULL DEFAULT '{}',
    version           bigint NOT NULL DEFAULT 1,
    updated_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE resolver.branch (
    id                 uuid PRIMARY KEY,
    company_id         uuid NOT NULL CONSTRAINT branch_company REFERENCES resolver.company ON DELETE CASCADE,
    slug               text NOT NULL,
    name               text NOT NULL,
    active             boolean NOT NULL DEFAULT true,
    fallback_branch_id uuid,
    time_zone          text NOT NULL,
    schedule           jsonb NOT NULL DEFAULT '{}',
    service_areas      text[] NOT NULL DEFAULT '{}',
    document           jsonb NOT NULL DEFAULT '{}',
    removed_at         timestamptz,
    CONSTRAINT branch_slug UNIQUE (company_id, slug),
    CONSTRAINT branch_of_company UNIQUE (company_id, id),
    CONSTRAINT branch_fallback FOREIGN KEY (company_id, fallback_branch_id)
        REFERENCES resolver.branch (company_id, id) DEFERRABLE INITIALLY DEFERRED
);
-- The longest service area that a caller's number starts with is searched among all its prefixes.
CREATE INDEX branch_service_area ON resolver.branch USING gin (service_areas);

ALTER TABLE resolver.company
    ADD CONSTRAINT company_default_branch FOREIGN KEY (id, default_branch_id)
        REFERENCES resolver.branch (company_id, id) DEFERRABLE INITIALLY DEFERRED;

-- A dialled number belongs to one company in the whole installation.
CREATE TABLE resolver.phone_number (
    number     text PRIMARY KEY,
    company_id uuid NOT NULL CONSTRAINT phone_number_company REFERENCES resolver.company ON DELETE CASCADE,
    branch_id  uuid,
    language   text,
    CONSTRAINT phone_number_branch FOREIGN KEY (company_id, branch_id) REFERENCES resolver.branch (company_id, id)
);
CREATE INDEX phone_number_of_company ON resolver.phone_number (company_id, branch_id);

CREATE TABLE resolver.agent (
    company_id uuid NOT NULL CONSTRAINT agent_company REFERENCES resolver.company ON DELETE CASCADE,
    agent_id   text NOT NULL,
    branch_id  uuid,
    language   text,
    CONSTRAINT agent_pkey PRIMARY KEY (company_id, agent_id),
    CONSTRAINT agent_branch FOREIGN KEY (company_id, branch_id) REFERENCES resolver.branch (company_id, id)
);

CREATE TABLE resolver.staff (
    id               uuid PRIMARY KEY,
    company_id       uuid NOT NULL,
    branch_id        uuid NOT NULL,
    slug             text NOT NULL,
    name             text NOT NULL,
    nicknames        text[] NOT NULL DEFAULT '{}',
    skills           text[] NOT NULL DEFAULT '{}',
    languages        text[] NOT NULL DEFAULT '{}',
    schedule         jsonb NOT NULL DEFAULT '{}',
    active           boolean NOT NULL DEFAULT true,
    available        boolean NOT NULL DEFAULT true,
    -- Counts changes of whatever decides when this person works; an offer made under an older one is stale.
    schedule_version bigint NOT NULL DEFAULT 1,
    tag              bigint NOT NULL,
    document         jsonb NOT NULL DEFAULT '{}',
    removed_at       timestamptz,
    CONSTRAINT staff_slug UNIQUE (company_id, slug),
    CONSTRAINT staff_branch FOREIGN KEY (company_id, branch_id) REFERENCES resolver.branch (company_id, id) ON DELETE CASCADE
);
CREATE INDEX staff_of_branch ON resolver.staff (branch_id) WHERE removed_at IS NULL;

CREATE TABLE resolver.service (
    id                uuid PRIMARY KEY,
    company_id        uuid NOT NULL CONSTRAINT service_company REFERENCES resolver.company ON DELETE CASCADE,
    slug              text NOT NULL,
    name              text NOT NULL,
    aliases           jsonb NOT NULL DEFAULT '{}',
    duration_min      integer NOT NULL CONSTRAINT service_duration CHECK (duration_min BETWEEN 1 AND 1440),
    buffer_before_min integer NOT NULL DEFAULT 0 CONSTRAINT service_buffer_before CHECK (buffer_before_min BETWEEN 0 AND 1440),
    buffer_after_min  integer NOT NULL DEFAULT 0 CONSTRAINT service_buffer_after CHECK (buffer_after_min BETWEEN 0 AND 1440),
    required_skills   text[] NOT NULL DEFAULT '{}',
    min_notice_min    integer,
    max_advance_days  integer,
    not_with          text[] NOT NULL DEFAULT '{}',
    room_kind         text,
    branch_slugs      text[] NOT NULL DEFAULT '{}',
    active            boolean NOT NULL DEFAULT true,
    tag               bigint NOT NULL,
    document          jsonb NOT NULL DEFAULT '{}',
    removed_at        timestamptz,
    CONSTRAINT service_slug UNIQUE (company_id, slug)
);

CREATE TABLE resolver.room (
    id         uuid PRIMARY KEY,
    company_id uuid NOT NULL,
    branch_id  uuid NOT NULL,
    slug       text NOT NULL,
    name       text NOT NULL,
    kind       text NOT NULL,
    active     boolean NOT NULL DEFAULT true,
    removed_at timestamptz,
    CONSTRAINT room_slug UNIQUE (company_id, slug),
    CONSTRAINT room_branch FOREIGN KEY (company_id, branch_id) REFERENCES resolver.branch (company_id, id) ON DELETE CASCADE
);
CREATE INDEX room_of_branch ON resolver.room (branch_id) WHERE removed_at IS NULL;
"
);
