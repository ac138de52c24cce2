//! What this machine has: memory and its limits, cores.
