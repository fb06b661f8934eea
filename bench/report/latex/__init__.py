"""Tables as LaTeX that fits a page."""
