"""The page: everything that a reader opens in a browser."""
