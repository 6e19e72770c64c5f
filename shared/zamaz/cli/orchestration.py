"""The commands about the orchestrator's ladder."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.table import Table

from zamaz.calibration import LEAST, WANTED, Proposal, proposals
from zamaz.cli.running import run


@click.group()
def orchestration() -> None:
    """The ladder that cheap decisions climb."""


@orchestration.command()
@click.option("--agreement", type=click.FloatRange(0, 1), default=WANTED, show_default=True, help="The share wanted.")
@click.option("--least", type=click.IntRange(1), default=LEAST, show_default=True, help="Shadows a proposal rests on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rung.")
def calibrate(agreement: float, least: int, as_json: bool) -> None:
    """Propose thresholds for orchestration.yaml, out of the rulings that were also asked of the next rung.

    Nothing is changed. `shadow.share` of orchestration.yaml says how many rulings are measured like that.
    """
    run(calibrating(agreement, least, as_json=as_json))


async def calibrating(wanted: float, least: int, *, as_json: bool) -> None:
    """Read every shadow of the log, and tell what each rung's threshold would have to be."""
    from zamaz import subjects
    from zamaz.cli.server import debates
    from zamaz.cli.settings import CliSettings
    from zamaz.cli.voice import say
    from zamaz.definition import ModelsFile, read
    from zamaz.definition.catalog import ladders
    from zamaz.events.orchestration import RulingShadowed

    settings = CliSettings()
    models = read(settings.definitions / "models.yaml", ModelsFile)
    ladder = ladders(settings.definitions / "orchestration.yaml", models).ladder(models)
    now = {(kind, rung.rung): rung.threshold for kind, rungs in ladder.items() for rung in rungs}
    async with debates(settings, say, services=False) as client:
        every = (subjects.each("orchestration", RulingShadowed.__name__, keyed=True),)
        facts = [heard.fact for heard in (await client.log.load("", filters=every)).facts]
    found = proposals([fact for fact in facts if isinstance(fact, RulingShadowed)], wanted, least)
    if as_json:
        for one in found:
            click.echo(json.dumps({**one._asdict(), "now": now.get((one.kind, one.rung))}))
    elif found:
        from zamaz.cli.look import wide_console

        wide_console().print(_table(found, now))
    if not found:
        say("no ruling was shadowed yet: set shadow.share in orchestration.yaml, and let debates run")


def _table(found: list[Proposal], now: dict[Any, float]) -> Table:
    table = Table(
        "kind", "rung", "shadows", "silent", "agreed", "regret", "threshold", "proposed", "kept", "why", box=None
    )
    for one in found:
        proposed = "-" if one.threshold is None else f"{one.threshold:.2f}"
        stands = now.get((one.kind, one.rung))
        table.add_row(
            one.kind,
            one.rung,
            str(one.shadows),
            str(one.silent),
            f"{one.agreement:.0%}",
            f"{one.regret:.2f}",
            "-" if stands is None else f"{stands:.2f}",
            proposed,
            f"{one.kept:.0%}" if one.threshold is not None else "-",
            one.why,
        )
    return table


COMMANDS: tuple[click.Command, ...] = (orchestration,)
