"""One factor per file; the registry is in risk/factor.py."""
