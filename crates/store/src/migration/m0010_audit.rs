//! The audit trail: who changed which appointment, and how.

super::step!(
    "m0010_audit",
    r"
CREATE TABLE booking.audit (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT now(),
    company_id     uuid NOT NULL,
    appointment_id uuid,
    action         text NOT NULL,
    actor          text NOT NULL CONSTRAINT audit_actor CHECK (actor IN ('call', 'operator', 'system')),
    operator       text,
    call_id        text,
    tool_call_id   text,
    before         jsonb,
    after          jsonb
);
CREATE INDEX audit_appointment ON booking.audit (appointment_id, id) WHERE appointment_id IS NOT NULL;
CREATE INDEX audit_time ON booking.audit (company_id, at);
"
);
