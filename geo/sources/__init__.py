"""One reader per file; the registry is in registry.py."""
