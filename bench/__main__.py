"""``python -m bench``: the same commands from a bare checkout, where a package may be missing."""

import sys


def start() -> None:
    """Run the command line, or say which package it cannot start without."""
    try:
        from bench.cli import main
    except ModuleNotFoundError as error:
        print(
            f"bench: the package {error.name!r} is missing here; install this project, or that package, with pip",
            file=sys.stderr,
        )
        sys.exit(2)
    main()


if __name__ == "__main__":
    start()
