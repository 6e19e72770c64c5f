"""`zamaz budgets`: what is left of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

from zamaz import subjects
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.tables import as_csv, as_json, as_table
from zamaz.cli.viewing import EVERY, opened
from zamaz.cli.voice import say
from zamaz.definition import BudgetsFile, budgets
from zamaz.definition.budgets import EVERYBODY
from zamaz.views.left import ALL, Left, own, shared, within
from zamaz.views.period import Period
from zamaz.views.store import Rows

NONE = (
    "no debate has asked for money out of such a budget yet: limits stand in budgets.yaml, or in a request "
    "(zamaz ask --budget)"
)


async def telling(period: Period, scope: str, most: int, shape: str) -> None:
    """A line a budget, those of budgets.yaml that nobody has touched last. Raises what `opened` raises, and
    DefinitionError."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        views = await opened(client, settings, EVERY)
    with views.store.transaction() as rows:
        found = chosen(rows, period, scope)
    file = budgets(settings.definitions)
    now = datetime.now(UTC).astimezone(file.tz or UTC)
    found += [one for one in untouched(file, found, period, now) if scope in ("", one.scope)]
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


def untouched(file: BudgetsFile, found: Iterable[Left], period: Period, now: datetime) -> Iterator[Left]:
    """What budgets.yaml gives at this moment (in its zone) and no debate has touched yet. "*" stands for each requester
    that is not named."""
    there = {(one.scope, one.whose, one.span) for one in found}
    spans = {"day": f"{now:%Y-%m-%d}", "month": f"{now:%Y-%m}", ALL: ALL}
    whose = [period.requester] if period.requester else file.requesters
    given: list[tuple[str, str, str, Decimal]]
    given = [] if period.requester else [(kind, "", kind, limit) for kind, limit in file.limits().items()]
    given += [("requester", who, kind, limit) for who in whose for kind, limit in file.of(who).limits().items()]
    for scope, who, kind, limit in given:
        span = spans[kind]
        if (scope, who, span) not in there and within(span, period):
            of = None if scope != "requester" else who
            budget = "" if of == EVERYBODY else subjects.budget(span if kind == ALL else f"{kind}-{span}", of)
            yield Left(scope, who, span, limit, Decimal(0), Decimal(0), limit, "", budget)
