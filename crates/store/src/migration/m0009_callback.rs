//! Callback tasks: what a person has to take over.

super::step!(
    "m0009_callback",
    r"
CREATE TABLE booking.callback (
    id             uuid PRIMARY KEY,
    company_id     uuid NOT NULL,
    branch_id      uuid,
    call_id        text,
    -- Why it exists: 'request' by the caller, 'wish' left over after the call, 'outage', and so on.
    kind           text NOT NULL,
    customer_id    uuid,
    customer_name  text,
    customer_phone text,
    customer_email text,
    language       text,
    reason         text NOT NULL,
    known          jsonb NOT NULL DEFAULT '{}',
    due_at         timestamptz,
    status         text NOT NULL DEFAULT 'open' CONSTRAINT callback_status CHECK (status IN ('open', 'done', 'dropped')),
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT callback_of_call UNIQUE (company_id, call_id, kind)
);
CREATE INDEX callback_open ON booking.callback (company_id, created_at) WHERE status = 'open';
CREATE INDEX callback_phone ON booking.callback (company_id, customer_phone) WHERE customer_phone IS NOT NULL;
"
);
