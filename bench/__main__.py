"""``bench`` and ``python -m bench``, which does the same from a bare checkout, where a package may be missing."""

import sys

from bench.interruption import STOPPED, heed_requests_to_end


def start() -> None:
    """Run the command line, or say which package it cannot start without."""
    heed_requests_to_end()
    try:
        from bench.cli import main
    except ModuleNotFoundError as error:
        print(
            f"bench: the package {error.name!r} is missing here; install this project, or that package, with pip",
            file=sys.stderr,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    main()


if __name__ == "__main__":
    start()
