"""The door from a snapshot to paper."""
