//! Tests of the fleet as a whole; each file in `tests/` is one of them.
