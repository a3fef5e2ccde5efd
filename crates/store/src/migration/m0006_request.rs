//! Booking requests: the memory that makes a repeated request get the same answer.

super::step!(
    "m0006_request",
    r"
CREATE TABLE booking.request (
    id          uuid PRIMARY KEY,
    company_id  uuid NOT NULL,
    key         text NOT NULL,
    -- What the caller wants, whoever asks: a model that asks twice with two keys still books once.
    intent      text,
    body_hash   bytea NOT NULL,
    outcome     bytea,
    status      text NOT NULL DEFAULT 'open' CONSTRAINT request_status CHECK (status IN ('open', 'done', 'refused')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT request_key UNIQUE (company_id, key)
);
CREATE UNIQUE INDEX request_intent ON booking.request (company_id, intent) WHERE intent IS NOT NULL;
CREATE INDEX request_created ON booking.request (created_at);
"
);
