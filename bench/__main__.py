"""``python -m bench``: the same commands from a bare checkout."""

from bench.cli import main

if __name__ == "__main__":
    main()
