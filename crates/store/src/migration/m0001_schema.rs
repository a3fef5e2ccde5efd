//! The four schemas, one per owning service, and the extension the exclusion constraints need.

super::step!(
    "m0001_schema",
    r"
-- Lets a GiST index compare uuids with '=', so that one exclusion constraint can say
-- 'same person and overlapping time'. A trusted extension: the database owner may create it.
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE SCHEMA IF NOT EXISTS resolver;
CREATE SCHEMA IF NOT EXISTS booking;
CREATE SCHEMA IF NOT EXISTS ingress;
CREATE SCHEMA IF NOT EXISTS metrics;
"
);
