"""What the views say in numbers, read from their sums."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from zamaz.views.buckets import percentile
from zamaz.views.period import Period
from zamaz.views.store import Row, Rows
from zamaz.views.work.tables import TOKENS, UNIT_USD

By = Literal["day", "month", "requester", "workflow", "provider", "model", "part", "basis"]
BYS: tuple[By, ...] = get_args(By)
_COLUMNS = {"month": "substr(day, 1, 7)", "model": "provider || '/' || model"}


class Spent(NamedTuple):
    """What was paid under one name: calls and dollars; `estimated` is the part that no provider has counted, `unpriced`
    the calls that no table has a price for."""

    name: str
    calls: int
    usd: Decimal
    orchestration_usd: Decimal
    estimated_usd: Decimal
    unpriced: int


class Ended(NamedTuple):
    """Debates that ended: by which workflow, how, and why. `seconds` and `usd` are those of all together."""

    workflow: str
    ending: str
    reason: str
    consensus: bool
    partial: bool
    rounds: int
    debates: int
    seconds: float
    usd: Decimal


class Worked(NamedTuple):
    """Turns of a provider, or rulings of a rung: how often each outcome, tokens, and milliseconds.

    `reads` are the tokens of the answers that rulings are about."""

    part: str
    name: str
    outcomes: dict[str, int]
    tokens: dict[str, int]
    reads: int
    p50_ms: float | None
    p95_ms: float | None


class Agreed(NamedTuple):
    """How often another rung says what the one that ruled said. `regret` is the mean, 0..1."""

    kind: str
    ruled_by: str
    rung: str
    asked: int
    judged: int
    agreed: int
    regret: float


def spent(rows: Rows, by: By, period: Period) -> list[Spent]:
    """Dollars by name, the most first; days and months in their order."""
    column, (where, values) = _COLUMNS.get(by, by), period.where(by_day=by == "day")
    found = rows.ask(
        f"SELECT {column}, SUM(calls), SUM(amount),"
        " SUM(CASE WHEN part = 'ruling' THEN amount ELSE 0 END),"
        " SUM(CASE WHEN basis IN ('worst_case', 'no_usage') THEN amount ELSE 0 END),"
        " SUM(CASE WHEN basis = 'unpriced' THEN calls ELSE 0 END)"
        f" FROM spending WHERE {where} GROUP BY {column}",
        values,
    )
    made = [Spent(n, int(calls), _usd(a), _usd(o), _usd(e), int(u)) for n, calls, a, o, e, u in found]
    return sorted(made, key=lambda one: one.name) if by in ("day", "month") else sorted(made, key=lambda one: -one.usd)


def ended(rows: Rows, period: Period) -> list[Ended]:
    """Every way in which debates ended."""
    where, values = period.where()
    found = rows.ask(
        "SELECT workflow, ending, reason, consensus, partial, rounds, SUM(debates), SUM(took_ms),"
        " SUM(amount) FROM endings"
        f" WHERE {where} GROUP BY workflow, ending, reason, consensus, partial, rounds",
        values,
    )
    return [
        Ended(name, ending, reason, bool(agreed_), bool(part), rounds, int(many), float(took) / 1000, _usd(amount))
        for name, ending, reason, agreed_, part, rounds, many, took, amount in found
    ]


def worked(rows: Rows, period: Period) -> list[Worked]:
    """How turns went by provider, and rulings by rung ("": those that were asked for)."""
    where, values = period.where()
    sums = ", ".join(f"SUM({name})" for name in ("reads", *TOKENS))
    outcomes: dict[tuple[str, str], dict[str, int]] = {}
    tokens: dict[tuple[str, str], dict[str, int]] = {}
    read: dict[tuple[str, str], int] = {}
    for part, name, outcome, times, reads, *used in rows.ask(
        f"SELECT part, name, outcome, SUM(times), {sums} FROM outcomes WHERE {where} GROUP BY part, name, outcome",
        values,
    ):
        outcomes.setdefault((part, name), {})[outcome] = int(times)
        read[part, name] = read.get((part, name), 0) + int(reads)
        mine = tokens.setdefault((part, name), dict.fromkeys(TOKENS, 0))
        for token, count in zip(TOKENS, used, strict=True):
            mine[token] += int(count)
    took = _latencies(rows, where, values)
    return [
        Worked(
            *key,
            counts,
            tokens[key],
            read[key],
            percentile(took.get(key, []), 0.5),
            percentile(took.get(key, []), 0.95),
        )
        for key, counts in sorted(outcomes.items())
    ]


def _latencies(rows: Rows, where: str, values: tuple[str, ...]) -> dict[tuple[str, str], list[tuple[int, int]]]:
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    query = f"SELECT part, name, bucket, SUM(times) FROM latencies WHERE {where} GROUP BY part, name, bucket"
    for part, name, bucket, times in rows.ask(query, values):
        found.setdefault((part, name), []).append((bucket, int(times)))
    return found


def agreed(rows: Rows, period: Period) -> list[Agreed]:
    """What shadows made of rulings, of every requester's debates."""
    where, values = Period(period.since, period.until).where()
    found: list[Row] = rows.ask(
        "SELECT kind, ruled_by, rung, SUM(asked), SUM(judged), SUM(agreed), SUM(regret) FROM agreement"
        f" WHERE {where} GROUP BY kind, ruled_by, rung ORDER BY kind, ruled_by, rung",
        values,
    )
    return [
        Agreed(kind, by, rung, int(asked), int(judged), int(same), int(regret) / 1e6 / max(1, int(judged)))
        for kind, by, rung, asked, judged, same, regret in found
    ]


def _usd(units: object) -> Decimal:
    return (Decimal(int(str(units))) * UNIT_USD).normalize() if units else Decimal(0)
