"""The commands that change a debate while it runs."""

from __future__ import annotations

import click

from zamaz.cli.parts import named
from zamaz.cli.running import run

WHY = click.option("--why", default="", help="Kept with the debate.")
BY = click.option("--by", default="", help="Who asks for it (default: the name you are logged in with).")


class Duration(click.ParamType[float]):
    """`90`, `90s`, `5m`, `1h30m` or ISO 8601, as seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds; a usage error for what is no duration."""
        from zamaz.definition.yamlfile import seconds

        try:
            return seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("debate", callback=named)
@WHY
@BY
def pause(debate: str, why: str, by: str) -> None:
    """Hold a debate: nothing new is asked, what is in flight is kept, and the time does not count."""
    from zamaz.cli.steer import pausing

    run(pausing(debate, by=by, why=why))


@click.command()
@click.argument("debate", callback=named)
@WHY
@BY
def resume(debate: str, why: str, by: str) -> None:
    """Let a paused debate go on, whoever had it paused."""
    from zamaz.cli.steer import resuming

    run(resuming(debate, by=by, why=why))


@click.command()
@click.argument("debate", callback=named)
@WHY
@BY
def abort(debate: str, why: str, by: str) -> None:
    """End a debate that runs or is paused."""
    from zamaz.cli.steer import aborting

    run(aborting(debate, by=by, why=why))


@click.command()
@click.argument("debate", callback=named)
@click.argument("model")
@click.option("--name", default="", help="What it is called in the debate (default: as its model).")
@click.option("--role", default="", help="Its role (default: participant, or that of whom it replaces).")
@click.option("--stance", default="", help="What it has to argue for (default: its own mind).")
@click.option("--replaces", default="", metavar="PARTICIPANT", help="Whose seat it takes over.")
@WHY
@BY
def invite(debate: str, model: str, by: str, **more: str) -> None:
    """Seat MODEL (an alias of models.yaml, or provider/model) in a debate that runs.

    It takes part from the next step on that was not asked yet. Who replaces another takes part at once.
    """
    from zamaz.cli.alter import inviting

    run(inviting(debate, model, by=by, **more))


@click.command()
@click.argument("debate", callback=named)
@click.argument("participant")
@WHY
@BY
def dismiss(debate: str, participant: str, why: str, by: str) -> None:
    """Go on without PARTICIPANT: what it says now is kept, and its position does not count any more."""
    from zamaz.cli.alter import dismissing

    run(dismissing(debate, participant, by=by, why=why))


@click.command()
@click.argument("debate", callback=named)
@click.option("--max-rounds", type=click.IntRange(1, 20), help="Rounds at most, those that are argued among them.")
@click.option("--min-rounds", type=click.IntRange(1, 20), help="An earlier consensus does not count.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="The score from which on there is consensus.")
@click.option("--deadline", type=Duration(), help="How long the whole debate may run, from its start: 90s, 30m, PT1H.")
@click.option("--budget", metavar="DOLLARS", help="What it may cost in all.")
@click.option("--workflow", default="", help="A definition whose steps and rules run from the next round on.")
@WHY
@BY
def change(
    debate: str, threshold: float | None, deadline: float | None, budget: str | None, why: str, by: str, **more: object
) -> None:
    """Let a debate go on under other terms. What is not named stays as it is."""
    from zamaz.cli.alter import changing

    if all(new in (None, "") for new in (threshold, deadline, budget, *more.values())):
        raise click.UsageError("what is to be otherwise? see --help")
    terms = {"consensus_threshold": threshold, "max_execution_s": deadline, "budget_usd": budget, **more}
    run(changing(debate, by=by, why=why, **terms))


@click.command()
@click.argument("debate", callback=named)
@click.option("--decision", default="", help="The decision, in a sentence.")
@click.option("--choice", default="", help="The option that it takes, where the request has options.")
@WHY
@BY
def rule(debate: str, decision: str, choice: str, why: str, by: str) -> None:
    """Decide a debate that waits for a human. The first ruling that can be taken counts."""
    from zamaz.cli.people import ruling

    if not decision.strip() and not choice:
        raise click.UsageError("a ruling needs a --decision, or a --choice of the options")
    run(ruling(debate, decision, choice=choice, by=by, why=why))


COMMANDS: tuple[click.Command, ...] = (pause, resume, abort, invite, dismiss, change, rule)
