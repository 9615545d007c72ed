"""One sheet layout per file."""
