//! Expectations: samples, reductions, comparisons.
