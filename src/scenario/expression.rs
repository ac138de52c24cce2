//! Expressions of metrics: one grammar for metric, where, until, when.
