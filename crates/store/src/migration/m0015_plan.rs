//! Indexes that no plan made on a new, small table can mistake for the way to something else.
//!
//! A connection keeps its plans. On a small table all indexes seem equally good, and the planner takes one of those made
//! last, or a partial one that is smaller still: the index of newest calls for the way to one call, the exclusion
//! constraint's for the way to all active appointments. When the table has grown, each event reads all calls of its company
//! and each day everybody's appointments.

super::step!(
    "m0015_plan",
    r"
-- Keys made last: of two that seem equally good the younger is taken.
ALTER TABLE resolver.call DROP CONSTRAINT call_pkey, ADD CONSTRAINT call_pkey PRIMARY KEY (company_id, call_id);
ALTER TABLE booking.appointment DROP CONSTRAINT appointment_pkey, ADD CONSTRAINT appointment_pkey PRIMARY KEY (id);
-- Conditions spelled as no query spells them, so that the constraints keep people and rooms apart and do nothing else.
ALTER TABLE booking.appointment
    DROP CONSTRAINT appointment_staff_no_overlap,
    ADD CONSTRAINT appointment_staff_no_overlap EXCLUDE USING gist (staff_id WITH =, busy WITH &&)
        WHERE (status || '' = 'active');
ALTER TABLE booking.appointment
    DROP CONSTRAINT appointment_room_no_overlap,
    ADD CONSTRAINT appointment_room_no_overlap EXCLUDE USING gist (room_id WITH =, busy WITH &&)
        WHERE (status || '' = 'active' AND room_id IS NOT NULL);
"
);
