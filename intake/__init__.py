"""The door from people's files to the register: read, checked, accounted for row by row."""
