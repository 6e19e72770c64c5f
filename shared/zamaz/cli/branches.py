"""The commands about forks: make one, and see how it went beside its parent."""

from __future__ import annotations

import click

from zamaz.cli.parts import named
from zamaz.cli.running import run


def pairs(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """`KEY=VALUE`, repeated."""
    found = dict(one.partition("=")[::2] for one in given if "=" in one)
    if len(found) != len(given):
        raise click.BadParameter("write each once, as KEY=VALUE: --set threshold=0.9")
    return found


@click.command()
@click.argument("debate", callback=named)
@click.option("--at", required=True, metavar="SEQ|TIME", help="Where: a sequence of the log, or a time (UTC).")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    callback=pairs,
    help="participants.1.model (seats count from 0, or by name), participants.1.stance, rounds.max, rounds.min, "
    "threshold, protocol, question, context (added; @FILE reads it).",
)
@click.option("--why", default="", help="Kept with the fork.")
@click.option("--by", default="", help="Who forks it (default: the name you are logged in with).")
def fork(debate: str, at: str, changes: dict[str, str], why: str, by: str) -> None:
    """Let a debate go on from where DEBATE stood, under changes: as a debate of its own.

    What was answered until then counts and is not bought again; what was open is asked anew.
    """
    from zamaz.cli.fork import forking

    run(forking(debate, at, changes, by=by, why=why))


@click.command()
@click.argument("one", callback=named)
@click.argument("other", callback=named)
def diff(one: str, other: str) -> None:
    """Two debates side by side: from which fact on they differ, positions by round, scores, decision, votes, cost."""
    from zamaz.cli.fork import comparing

    run(comparing(one, other))


COMMANDS: tuple[click.Command, ...] = (fork, diff)
