"""What the one-file HTML hand-out is made of: its shapes, its texts and numbers, its page."""
