"""`python -m petarawan`."""

from petarawan.cli import main

if __name__ == "__main__":
    main()
