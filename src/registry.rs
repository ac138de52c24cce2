//! Families and their rules.
