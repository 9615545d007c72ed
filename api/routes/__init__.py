"""One route family per file."""
