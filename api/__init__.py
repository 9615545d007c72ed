"""The door from a snapshot to HTTP."""
