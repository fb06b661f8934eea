"""What went wrong, for a person."""


class UserError(Exception):
    """Bad input.  The message is one line: what is wrong, what was expected, what to do; exit code 2."""
