"""The experiments: each trains a network in its own way and reads one thing off it."""
