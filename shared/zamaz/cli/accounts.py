"""The commands over many debates: what they cost and may cost, how they went, a report, and the views behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import click

from zamaz.cli.running import run
from zamaz.views.figures import BYS, By
from zamaz.views.period import Period

F = TypeVar("F", bound=Callable[..., None])


class Day(click.ParamType[date]):
    """A day, as 2026-01-31."""

    name = "DATE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or the usage error that says how one is written."""
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(f"{value!r} is no day: write 2026-01-31", param, ctx)


def of_a_period(command: F) -> F:
    """Options that choose whose debates, and when."""
    for option in (
        click.option("--workflow", default="", help="Only debates by this definition."),
        click.option("--requester", default="", help="Only debates that this requester asked for."),
        click.option("--until", type=Day(), help="The last day (UTC)."),
        click.option("--since", type=Day(), help="The first day (UTC)."),
    ):
        command = option(command)
    return command


def _period(since: date | None, until: date | None, requester: str, workflow: str = "") -> Period:
    """What the options choose. Raises UsageError for days in the wrong order."""
    if since and until and since > until:
        raise click.UsageError(f"--since {since} lies after --until {until}")
    return Period(since, until, requester, workflow)


def as_data(command: F) -> F:
    """Options for programs."""
    command = click.option("--csv", "as_csv", is_flag=True, help="As comma-separated values.")(command)
    return click.option("--json", "as_json", is_flag=True, help="As JSON.")(command)


def shape(*, as_json: bool, as_csv: bool) -> str:
    """Table, json or csv. Raises UsageError for both."""
    if as_json and as_csv:
        raise click.UsageError("--json or --csv, not both")
    return "json" if as_json else "csv" if as_csv else "table"


@click.group(invoke_without_command=True)
@click.option("--by", type=click.Choice(BYS), default="day", show_default=True, help="What a line stands for.")
@of_a_period
@as_data
@click.pass_context
def costs(
    ctx: click.Context,
    by: By,
    since: date | None,
    until: date | None,
    requester: str,
    workflow: str,
    as_json: bool,
    as_csv: bool,
) -> None:
    """What was paid, in dollars: in all, for orchestration, and how much of it is estimated."""
    from zamaz.cli.costs import costing

    if ctx.invoked_subcommand is None:
        how = shape(as_json=as_json, as_csv=as_csv)
        run(costing(by, _period(since, until, requester, workflow), how))


@costs.command()
@click.option(
    "--table", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="Such a file."
)
@as_data
def restate(table: Path, as_json: bool, as_csv: bool) -> None:
    """What every call in the log would have cost by the prices of a file like prices.yaml. Changes nothing."""
    from zamaz.cli.restate import restating

    run(restating(table, shape(as_json=as_json, as_csv=as_csv)))


@click.command()
@of_a_period
@as_data
def stats(since: date | None, until: date | None, requester: str, workflow: str, as_json: bool, as_csv: bool) -> None:
    """How debates ended, how often in consensus and after how many rounds; how providers and rungs did."""
    from zamaz.cli.stats import telling

    run(telling(_period(since, until, requester, workflow), shape(as_json=as_json, as_csv=as_csv)))


@click.command()
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("report.html"))
@of_a_period
def report(out: Path, since: date | None, until: date | None, requester: str, workflow: str) -> None:
    """A page with charts over many debates: one file that needs no other, no script and no server."""
    from zamaz.cli.report import reporting

    run(reporting(_period(since, until, requester, workflow), out))


@click.command()
@click.option(
    "--scope",
    type=click.Choice(["debate", "requester", "day", "month", "all"]),
    help="Only these; without it all that debates share, and those of debates that run.",
)
@click.option("--requester", default="", help="Only this requester's, and those of its debates.")
@click.option("--until", type=Day(), help="The last day (UTC).")
@click.option("--since", type=Day(), help="The first day (UTC).")
@click.option("--most", type=click.IntRange(min=1), default=40, show_default=True, help="How many of the newest.")
@as_data
def budgets(
    scope: str | None, requester: str, until: date | None, since: date | None, most: int, as_json: bool, as_csv: bool
) -> None:
    """What is left of each budget: its limit, what is reserved for debates that run, what is settled, and the shares
    (percent) of it that were told of."""
    from zamaz.cli.budgets import telling

    how = shape(as_json=as_json, as_csv=as_csv)
    run(telling(_period(since, until, requester), scope or "", most, how))


@click.group()
def views() -> None:
    """What commands read from: databases made out of the log, and made anew from it at will."""


@views.command("rebuild")
def rebuild() -> None:
    """Forget every view and fill it from the log's first fact."""
    from zamaz.cli.rebuild import rebuilding

    run(rebuilding())


COMMANDS: tuple[click.Command, ...] = (costs, budgets, stats, report, views)
