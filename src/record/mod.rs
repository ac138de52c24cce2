//! What is kept of a run: metrics, snapshots, outcomes, events, manifest.
