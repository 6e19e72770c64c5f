"""`zamaz budgets`: what is left of them."""

from __future__ import annotations

from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.tables import as_csv, as_json, as_table
from zamaz.cli.viewing import EVERY, opened
from zamaz.cli.voice import say
from zamaz.views.left import Left, own, shared
from zamaz.views.period import Period
from zamaz.views.store import Rows

NONE = (
    "no debate has asked for money out of such a budget yet: limits stand in budgets.yaml, or in a request "
    "(zamaz ask --budget)"
)


async def telling(period: Period, scope: str, most: int, shape: str) -> None:
    """A line a budget. Raises what `opened` raises."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        views = await opened(client, settings, EVERY)
    with views.store.transaction() as rows:
        found = chosen(rows, period, scope)
    lines = [one._asdict() for one in found[:most]]
    if shape == "json":
        as_json(lines)
    elif shape == "csv":
        as_csv(lines)
    else:
        as_table("Budgets", lines, none=NONE)
        if len(found) > most:
            say(f"{len(found) - most} more: --most {len(found)} shows them, --since and --until fewer")


def chosen(rows: Rows, period: Period, scope: str) -> list[Left]:
    """Of one scope; without one, those that debates share, and those of debates that run."""
    if scope == "debate":
        return own(rows, period, running=False)
    found = shared(rows, period)
    if scope:
        return [one for one in found if one.scope == scope]
    return found + own(rows, period, running=True)
