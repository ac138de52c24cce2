//! Addressed chance.
