"""The door from the outside world to a snapshot."""
