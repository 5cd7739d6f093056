"""The invariant under fire; see docs/chaos.md."""
