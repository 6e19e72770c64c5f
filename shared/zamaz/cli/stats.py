"""`zamaz stats`: how debates, providers and rungs did."""

from __future__ import annotations

from typing import Any

from zamaz.cli.amounts import percent
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.tables import as_csv, as_json, as_table
from zamaz.cli.viewing import EVERY, opened
from zamaz.cli.voice import say
from zamaz.views.effect import Effect, effects, together
from zamaz.views.figures import Agreed, Worked, agreed, ended, worked
from zamaz.views.period import Period
from zamaz.views.store import Rows

Line = dict[str, Any]


async def telling(period: Period, shape: str) -> None:
    """Tables, or every figure as `section, name, figure, value`. Raises what `opened` raises."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        views = await opened(client, settings, EVERY)
    with views.store.transaction() as rows:
        sections = _sections(rows, period)
    if shape == "table":
        for title, lines in sections.items():
            as_table(title, lines, none=f"{title}: nothing yet")
        return
    flat = [
        {"section": title, "name": str(next(iter(line.values()))), "figure": figure, "value": value}
        for title, lines in sections.items()
        for line in lines
        for figure, value in list(line.items())[1:]
    ]
    (as_json if shape == "json" else as_csv)(flat)


def _sections(rows: Rows, period: Period) -> dict[str, list[Line]]:
    found = ended(rows, period)
    work = worked(rows, period)
    made = [*effects(found), together(found)] if found else []
    return {
        "Debates": [_debates(one) for one in made],
        "Providers": [_provider(one) for one in work if one.part == "turn"],
        "Rungs": [_rung(one) for one in work if one.part == "ruling" and one.name],
        "Agreement with the next rung": [_agreement(one) for one in agreed(rows, period)],
    }


def _debates(one: Effect) -> Line:
    return {
        "workflow": one.workflow or "(none)",
        "debates": one.debates,
        "completed": one.completed,
        "failed": one.failed,
        "cancelled": one.cancelled,
        "rejected": one.rejected,
        "consensus": percent(one.consensus),
        "partial": percent(one.partial),
        "rounds": None if one.rounds is None else f"{one.rounds:.1f}",
        "seconds": one.seconds,
        "usd_a_debate": one.usd,
    }


def _provider(one: Worked) -> Line:
    answered, all_ = one.outcomes.get("answered", 0), sum(one.outcomes.values())
    failures = {kind: times for kind, times in one.outcomes.items() if kind not in ("answered", "unparsed")}
    return {
        "provider": one.name or "(none)",
        "turns": all_,
        "answered": percent(answered / all_ if all_ else None),
        "unparsed": one.outcomes.get("unparsed", 0),
        "failed": ", ".join(f"{kind} {times}" for kind, times in sorted(failures.items())) or "-",
        "p50_ms": one.p50_ms,
        "p95_ms": one.p95_ms,
        "input_tokens": one.tokens["input"],
        "output_tokens": one.tokens["output"],
    }


def _rung(one: Worked) -> Line:
    answered = sum(times for what, times in one.outcomes.items() if what.endswith(" answered"))
    passed = sum(times for what, times in one.outcomes.items() if what.endswith(" passed"))
    return {
        "rung": one.name,
        "answered": answered,
        "passed_up": passed,
        "p50_ms": one.p50_ms,
        "p95_ms": one.p95_ms,
        "tokens": one.tokens["input"] + one.tokens["output"],
    }


def _agreement(one: Agreed) -> Line:
    return {
        "kind": one.kind,
        "ruled_by": one.ruled_by,
        "next_rung": one.rung,
        "asked": one.asked,
        "agrees": percent(one.agreed / one.judged if one.judged else None),
        "regret": f"{one.regret:.3f}",
    }
