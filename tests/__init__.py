"""The tests. A console keeps the COLUMNS it is made under, and pytest-xdist's workers are given some: every test says its own."""

import os

os.environ.pop("COLUMNS", None)
