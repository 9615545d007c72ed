"""One output format per file: (table, manifest) to bytes."""
