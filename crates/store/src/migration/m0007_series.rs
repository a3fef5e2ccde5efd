//! Recurring series and what happened to each of their occurrences.

super::step!(
    "m0007_series",
    r"
CREATE TABLE booking.series (
    id             uuid PRIMARY KEY,
    company_id     uuid NOT NULL,
    branch_id      uuid NOT NULL,
    service_id     uuid NOT NULL,
    staff_id       uuid,
    customer_id    uuid,
    customer_name  text,
    customer_phone text,
    customer_email text,
    language       text,
    call_id        text,
    request_id     uuid,
    pattern        text NOT NULL,
    strategy       text NOT NULL,
    time_zone      text NOT NULL,
    starts_at      timestamptz NOT NULL,
    ends_on        date,
    occurrences    integer,
    notes          text,
    status         text NOT NULL DEFAULT 'active' CONSTRAINT series_status CHECK (status IN ('active', 'cancelled')),
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    cancelled_at   timestamptz
);
CREATE INDEX series_phone ON booking.series (company_id, customer_phone) WHERE customer_phone IS NOT NULL;

CREATE TABLE booking.series_occurrence (
    series_id      uuid NOT NULL CONSTRAINT series_occurrence_series REFERENCES booking.series ON DELETE CASCADE,
    position       integer NOT NULL,
    planned_at     timestamptz NOT NULL,
    outcome        text NOT NULL,
    appointment_id uuid,
    detail         jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT series_occurrence_pkey PRIMARY KEY (series_id, position)
);
"
);
