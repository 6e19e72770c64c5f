"""`zamaz costs restate`: history under other prices, without touching it."""

from __future__ import annotations

from decimal import Decimal
from importlib import metadata
from pathlib import Path

from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.tables import as_csv, as_json, as_table
from zamaz.cli.voice import say
from zamaz.errors import ZamazError
from zamaz.replay import replay
from zamaz.restating import GROUP, Open, Restated


async def restating(table: Path, shape: str) -> None:
    """What every call in the log would have cost by the prices of a file. Raises ZamazError where no cost service is
    installed."""
    settings = CliSettings()
    offered: list[Open] = [entry.load() for entry in metadata.entry_points(group=GROUP)]
    if not offered:
        raise ZamazError("nobody here knows prices: install zamaz-cost")
    history = offered[0](settings.definitions, table)
    async with debates(settings, say, services=False) as client:
        async for batch in replay(client.nc, 1, history.filters):
            history.hear(batch)
    found = history.models()
    lines = [one._asdict() for one in found]
    if shape == "json":
        as_json(lines)
    elif shape == "csv":
        as_csv(lines)
    else:
        as_table("By other prices", [*lines, _total(found)._asdict()] if found else [], none="nothing was paid yet")


def _total(found: list[Restated]) -> Restated:
    return Restated(
        "all",
        "",
        sum(one.calls for one in found),
        sum((one.recorded_usd for one in found), Decimal(0)),
        sum((one.restated_usd for one in found), Decimal(0)),
        sum(one.unknown for one in found),
    )
