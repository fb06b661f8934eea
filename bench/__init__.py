"""Measures the networks of `archs` and reports what was measured."""

__version__ = "0.1.0"
