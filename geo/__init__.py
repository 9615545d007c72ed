"""The ground: sources, layers, boundaries, the H3 grid and the joins onto it."""
