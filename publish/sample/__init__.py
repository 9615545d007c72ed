"""The invented data of the demo workspace: seeded, plausible, and marked DATA CONTOH wherever it is shown."""
