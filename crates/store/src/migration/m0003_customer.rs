//! Customers: who called or booked, and what was learned about them.
//!
//! A phone number is not unique: families share one.

super::step!(
    "m0003_customer",
    r"
CREATE TABLE resolver.customer (
    id                  uuid PRIMARY KEY,
    company_id          uuid NOT NULL CONSTRAINT customer_company REFERENCES resolver.company ON DELETE CASCADE,
    phone               text,
    name                text,
    email               text,
    language            text,
    preferred_staff_id  uuid,
    preferred_branch_id uuid,
    calls               integer NOT NULL DEFAULT 0,
    bookings            integer NOT NULL DEFAULT 0,
    first_seen          timestamptz NOT NULL,
    last_seen           timestamptz NOT NULL,
    last_branch_id      uuid
);
CREATE INDEX customer_phone ON resolver.customer (company_id, phone);

-- What the resolver has heard of appointments: who is busy today, and whom a customer prefers.
-- Kept from events, because the appointments themselves belong to another service.
CREATE TABLE resolver.booked (
    appointment_id uuid PRIMARY KEY,
    company_id     uuid NOT NULL,
    branch_id      uuid NOT NULL,
    staff_id       uuid NOT NULL,
    service_id     uuid NOT NULL,
    customer_id    uuid,
    starts_at      timestamptz NOT NULL,
    active         boolean NOT NULL,
    changed_at     timestamptz NOT NULL
);
CREATE INDEX booked_branch ON resolver.booked (branch_id, starts_at) WHERE active;
CREATE INDEX booked_customer ON resolver.booked (customer_id, starts_at) WHERE customer_id IS NOT NULL;
"
);
