//! Confirmation codes of appointments heard of: by name and code, a guest without a number is recognised later.

super::step!(
    "m0014_guest",
    r"
ALTER TABLE resolver.booked ADD COLUMN code text;
CREATE INDEX booked_code ON resolver.booked (company_id, code) WHERE code IS NOT NULL;
"
);
