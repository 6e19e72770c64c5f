"""`zamaz report`: the page over many debates."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from zamaz.cli.costs import total
from zamaz.cli.document import page
from zamaz.cli.document.survey import Survey, document
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.viewing import EVERY, opened
from zamaz.cli.voice import say
from zamaz.definition import load
from zamaz.errors import ZamazError
from zamaz.events.cost import Rates
from zamaz.views.effect import effects, rounds_to_consensus, together
from zamaz.views.figures import Worked, agreed, ended, spent, worked
from zamaz.views.period import Period
from zamaz.views.savings import Saved, saved
from zamaz.views.store import Rows

PRICES = "zamaz.prices"
"""The group of entry points under which a service offers the price table of a folder of definitions."""
LONG_DAYS = 62
"""A longer period is told by months."""


class Prices(Protocol):
    """A price table."""

    def rates(self, provider: str, model: str, input_tokens: int, at: datetime) -> Rates | None:
        """Dollars a million tokens; None when no table knows the model."""


async def reporting(period: Period, out: Path) -> None:
    """Write the page. Raises what `opened` raises, and ZamazError where the file cannot be written."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        views = await opened(client, settings, EVERY)
    with views.store.transaction() as rows:
        survey = _survey(rows, period, settings)
    _write(out, page.written(document(survey)))
    say(f"written: {out}")


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ZamazError(f"{out} cannot be written: {error.strerror}") from error


def _survey(rows: Rows, period: Period, settings: CliSettings) -> Survey:
    endings, work = ended(rows, period), worked(rows, period)
    days = spent(rows, "day", period)
    all_ = total(days)
    by_ruling, why = _saved(work, all_.orchestration_usd, settings)
    return Survey(
        period=period,
        overall=together(endings),
        workflows=effects(endings),
        over_time=days if len(days) <= LONG_DAYS else spent(rows, "month", period),
        by_workflow=spent(rows, "workflow", period),
        models=spent(rows, "model", period),
        spent=all_,
        rounds=rounds_to_consensus(endings),
        work=work,
        agreement=agreed(rows, period),
        saved=by_ruling,
        unsaved=why,
    )


def _saved(work: list[Worked], paid: Decimal, settings: CliSettings) -> tuple[Saved | None, str]:
    """Against the first paid model of models.yaml, which is its dearest argument maker."""
    models = load(settings.definitions).models
    offered = [point.load()(settings.definitions) for point in entry_points(group=PRICES)]
    if not offered:
        return None, "No price table is installed (zamaz-cost brings one), so nothing can be compared."
    prices: Prices = offered[0]
    for alias, spec in models.models.items():
        paying = models.providers[spec.provider].billing == "paid"
        if paying and (rates := prices.rates(spec.provider, spec.model, 1000, datetime.now(UTC))):
            return saved(work, paid, alias, rates), ""
    return None, "No model of models.yaml has a price to compare with."
