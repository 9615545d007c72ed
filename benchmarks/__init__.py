"""Ratios against what a user would write today, side by side in one run; `python -m benchmarks` or `make bench`."""
