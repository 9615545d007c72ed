"""The locked-down process in which files of others are opened: it can read its job's files, answer, and nothing else."""
