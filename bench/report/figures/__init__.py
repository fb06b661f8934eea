"""Figures: what is drawn, how, and as which files."""
