//! Appointments and the two constraints that make a double booking impossible.

super::step!(
    "m0008_appointment",
    r"
CREATE TABLE booking.appointment (
    id                     uuid PRIMARY KEY,
    company_id             uuid NOT NULL,
    branch_id              uuid NOT NULL,
    staff_id               uuid NOT NULL,
    room_id                uuid,
    service_id             uuid NOT NULL,
    customer_id            uuid,
    customer_name          text,
    customer_phone         text,
    customer_email         text,
    language               text,
    call_id                text,
    group_id               uuid,
    series_id              uuid CONSTRAINT appointment_series REFERENCES booking.series,
    position               integer NOT NULL DEFAULT 0,
    starts_at              timestamptz NOT NULL,
    ends_at                timestamptz NOT NULL,
    busy_from              timestamptz NOT NULL,
    busy_until             timestamptz NOT NULL,
    -- The time the person (and the room) is taken, buffers included; half open, so back to back is allowed.
    busy                   tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(busy_from, busy_until, '[)')) STORED,
    status                 text NOT NULL DEFAULT 'active' CONSTRAINT appointment_status
                               CHECK (status IN ('active', 'cancelled', 'rescheduled', 'completed', 'no_show')),
    confirmation_code      text NOT NULL,
    staff_schedule_version bigint NOT NULL,
    choice                 jsonb NOT NULL DEFAULT '{}',
    notes                  text,
    source                 text NOT NULL,
    request_id             uuid,
    rescheduled_from       uuid,
    rescheduled_to         uuid,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),
    cancelled_at           timestamptz,
    cancel_reason          text,
    CONSTRAINT appointment_order CHECK (busy_from <= starts_at AND starts_at < ends_at AND ends_at <= busy_until),
    -- Lets a day be read by its start alone, looking back one day.
    CONSTRAINT appointment_length CHECK (busy_until - busy_from <= interval '24 hours'),
    CONSTRAINT appointment_staff_no_overlap EXCLUDE USING gist (staff_id WITH =, busy WITH &&) WHERE (status = 'active'),
    CONSTRAINT appointment_room_no_overlap EXCLUDE USING gist (room_id WITH =, busy WITH &&)
        WHERE (status = 'active' AND room_id IS NOT NULL)
);
CREATE INDEX appointment_branch_start ON booking.appointment (branch_id, starts_at);
CREATE INDEX appointment_phone ON booking.appointment (company_id, customer_phone, starts_at) WHERE customer_phone IS NOT NULL;
CREATE INDEX appointment_customer ON booking.appointment (customer_id, starts_at) WHERE customer_id IS NOT NULL;
CREATE INDEX appointment_code ON booking.appointment (company_id, confirmation_code);
CREATE INDEX appointment_call ON booking.appointment (company_id, call_id) WHERE call_id IS NOT NULL;
CREATE INDEX appointment_request ON booking.appointment (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX appointment_group ON booking.appointment (group_id, position) WHERE group_id IS NOT NULL;
CREATE INDEX appointment_of_series ON booking.appointment (series_id, starts_at) WHERE series_id IS NOT NULL;
"
);
