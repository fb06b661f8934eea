"""The branches of an Inception module by name, for those who tell of them and load no torch."""

BRANCHES = {"one": "1x1", "three": "3x3", "five": "5x5", "pool": "pooling"}
"""What the paper calls them (Szegedy and others, 2015), by their names in `archs.googlenet`."""
