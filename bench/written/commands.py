"""Every command with its options, as `--help` has them."""

from __future__ import annotations

from pathlib import Path

from bench.written.markdown import code, table


def sections(results: Path) -> str:
    """A heading, what the command does, and a table of what it takes."""
    import typer

    from bench.cli import app

    group = typer.main.get_command(app)
    told = []
    for name, command in sorted(group.commands.items()):  # type: ignore[attr-defined]
        context = type(group).context_class(command, info_name=f"bench {name}")
        rows = [record for one in command.params if (record := one.get_help_record(context))]
        usage = " ".join(command.collect_usage_pieces(context))
        about = (command.help or "").strip()
        cells = [[code(left.strip()), " ".join(right.split())] for left, right in rows]
        told.append("\n\n".join([f"### bench {name}", about, code(f"bench {name} {usage}"), table(["", ""], cells)]))
    return "\n\n".join(told)
