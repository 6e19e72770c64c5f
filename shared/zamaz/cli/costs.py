"""`zamaz costs`: what was paid."""

from __future__ import annotations

from decimal import Decimal

from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.tables import as_csv, as_json, as_table
from zamaz.cli.viewing import EVERY, opened
from zamaz.cli.voice import say
from zamaz.views.figures import By, Spent, spent
from zamaz.views.period import Period


async def costing(by: By, period: Period, shape: str) -> None:
    """A line a name, and the sum of all. Raises what `opened` raises."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        views = await opened(client, settings, EVERY)
    with views.store.transaction() as rows:
        found = spent(rows, by, period)
    lines = [one._asdict() | {"name": one.name or "-"} for one in found]
    if shape == "json":
        as_json(lines)
    elif shape == "csv":
        as_csv(lines)
    else:
        named = [{by: line.pop("name"), **line} for line in [*lines, total(found)._asdict()]]
        as_table("What was paid", named if found else [], none="nothing was paid yet")


def total(found: list[Spent]) -> Spent:
    """All of them together."""
    return Spent(
        "all",
        sum(one.calls for one in found),
        sum((one.usd for one in found), Decimal(0)),
        sum((one.orchestration_usd for one in found), Decimal(0)),
        sum((one.estimated_usd for one in found), Decimal(0)),
        sum(one.unpriced for one in found),
    )
