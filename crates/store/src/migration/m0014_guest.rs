//! Confirmation codes of appointments heard of: by name and code, a guest without a number is recognised later. And what
//! people want to know of a call's events.

super::step!(
    "m0014_guest",
    r"
ALTER TABLE resolver.booked ADD COLUMN code text;
CREATE INDEX booked_code ON resolver.booked (company_id, code) WHERE code IS NOT NULL;
ALTER TABLE resolver.call_event ADD COLUMN note text NOT NULL DEFAULT '';
"
);
