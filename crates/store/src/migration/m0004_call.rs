//! Call records and the events they were built from.

super::step!(
    "m0004_call",
    r"
-- `record` is what is known of the call; the columns beside it repeat what is listed, sorted or searched by.
CREATE TABLE resolver.call (
    company_id           uuid NOT NULL CONSTRAINT call_company REFERENCES resolver.company ON DELETE CASCADE,
    call_id              text NOT NULL,
    branch_id            uuid,
    customer_id          uuid,
    kind                 text NOT NULL DEFAULT 'call' CONSTRAINT call_kind CHECK (kind IN ('call', 'chat')),
    -- Only grows: 0 ringing, 1 ongoing, 2 transferring, 3 ended, 4 analyzed.
    phase                smallint NOT NULL DEFAULT 0 CONSTRAINT call_phase CHECK (phase BETWEEN 0 AND 4),
    from_number          text,
    to_number            text,
    agent_id             text,
    direction            text,
    language             text,
    started_at           timestamptz,
    ended_at             timestamptz,
    last_event_at        timestamptz NOT NULL,
    duration_ms          bigint,
    disconnection_reason text,
    cost_cents           double precision,
    sentiment            text,
    successful           boolean,
    resolution           jsonb,
    record               jsonb NOT NULL DEFAULT '{}',
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT call_pkey PRIMARY KEY (company_id, call_id)
);
CREATE INDEX call_newest ON resolver.call (company_id, last_event_at DESC);
CREATE INDEX call_from_number ON resolver.call (company_id, from_number, last_event_at DESC) WHERE from_number IS NOT NULL;
CREATE INDEX call_customer ON resolver.call (customer_id) WHERE customer_id IS NOT NULL;
-- What the sweeper looks through: calls of which no end was seen.
CREATE INDEX call_open ON resolver.call (last_event_at) WHERE phase < 3;

CREATE TABLE resolver.call_event (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id  uuid NOT NULL,
    call_id     text NOT NULL,
    event       text NOT NULL,
    dedup_key   text,
    occurred_at timestamptz,
    received_at timestamptz NOT NULL,
    -- Bytes as they came: jsonb would refuse an escaped NUL and so lose the event.
    payload     bytea NOT NULL,
    message_id  uuid NOT NULL CONSTRAINT call_event_message UNIQUE,
    CONSTRAINT call_event_dedup UNIQUE (company_id, call_id, dedup_key)
);
CREATE INDEX call_event_received ON resolver.call_event (received_at);
"
);
