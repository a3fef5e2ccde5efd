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
"
);
