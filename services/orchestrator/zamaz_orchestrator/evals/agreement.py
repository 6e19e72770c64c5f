"""`zamaz eval consensus`: how well the rungs see agreement between two answers, beside rules that hardly look.

Three questions are asked of every file. How often is the label right, in all and within the `Should …` questions alone
(where the question does not give it away)? Does an answer beside one to another question agree with it (never)? Does a
text agree with itself (always)? Where the seats gave typed blocks, the same labels are held against those too: that is
what a live debate rules by.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from zamaz.evals import Asked, Report, Table
from zamaz.events.orchestration import Agreement
from zamaz_orchestrator.evals import baselines, figures, rows
from zamaz_orchestrator.evals.blocks import itself, typed
from zamaz_orchestrator.evals.figures import Scored
from zamaz_orchestrator.evals.rows import Labelled
from zamaz_orchestrator.evals.rungs import Given, Rungs, opened
from zamaz_orchestrator.reading.words import subject

SEED = 7
SWAPPED_MOST = 400
SWAPPED_FROM_OTHER_QUESTIONS = 0.5
"""Two questions that share more of their words may be one question, and their answers may well agree."""
_CLOSED = "should "
PAID = frozenset({"grok", "cloud"})
_FIGURES = re.compile(r"\d+")
Baseline = Callable[[Sequence[Labelled]], list[Agreement]]
PROSE: dict[str, Baseline] = {
    "majority class": baselines.majority,
    "question's first words": baselines.first_words,
    "keywords (stand-in)": baselines.keywords,
}
NUMBERS: dict[str, Baseline] = {
    "majority class": baselines.majority,
    "last number": baselines.last_numbers,
    "same words": baselines.same_words,
    "keywords (stand-in)": baselines.keywords,
}


async def consensus(asked: Asked) -> Report:
    """Measure on labelled pairs, or on the pairs of stored debates. Raises Unread and ZamazError."""
    debates = rows.holds_debates(asked)
    found, unread = rows.pairs(rows.stored(asked)) if debates else (rows.labelled(asked), 0)
    if not found:
        raise rows.Unread(f"{asked.file}: no two answers in it can be labelled")
    rungs = opened(asked.definitions, asked.rungs)
    try:
        given = [await rungs.judge(row) for row in found]
        apart = await _apart(rungs, found)
        alone = [await rungs.judge(_with_itself(row)) for row in found[:SWAPPED_MOST]]
        blocks = await _typed(rungs, found)
    finally:
        await rungs.close()
    beside = NUMBERS if debates else PROSE
    parts = {"all": _part(found, given, beside)}
    closed = [n for n, row in enumerate(found) if row.question.casefold().startswith(_CLOSED)]
    if closed and not debates:
        parts["questions that begin with Should"] = _part(
            [found[n] for n in closed], [given[n] for n in closed], beside
        )
    checks = {"swapped pairs": ("none", apart), "a text and itself": ("full", alone)}
    if blocks.places:
        parts["where every answer has a typed block"] = _beside_prose(found, given, blocks)
        checks["a block and itself"] = ("full", blocks.alone)
    return _report(asked, parts, checks, (given, blocks.given), unread)


def _part(found: Sequence[Labelled], given: Sequence[Given], beside: dict[str, Baseline]) -> dict[str, Scored]:
    right = [row.label for row in found]
    dice = random.Random(SEED)

    def draw(n: int) -> list[int]:
        return dice.choices(range(n), k=n)

    ruled = figures.scored(right, [one.agreement for one in given], draw)
    return {"the rungs": ruled, **{name: figures.scored(right, rule(found), draw) for name, rule in beside.items()}}


async def _apart(rungs: Rungs, found: Sequence[Labelled]) -> list[Given]:
    """One answer of a question beside one to another question, in the file's order, SWAPPED_MOST at most."""
    others = (
        Labelled(mine.question, {"one": mine.texts[0], "other": theirs.texts[1]}, "none")
        for step in range(1, len(found))
        for mine, theirs in zip(found, [*found[step:], *found[:step]], strict=True)
        if not _one_question(mine.question, theirs.question)
    )
    return [await rungs.judge(row) for row in islice(others, SWAPPED_MOST)]


def _one_question(one: str, other: str) -> bool:
    if _FIGURES.findall(one) != _FIGURES.findall(other):
        return False
    mine, theirs = subject(one), subject(other)
    shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    return one.split() == other.split() or shared > SWAPPED_FROM_OTHER_QUESTIONS


def _with_itself(row: Labelled) -> Labelled:
    return Labelled(row.question, {"one": row.texts[0], "other": row.texts[0]}, "full")


class Typed(NamedTuple):
    """What the rungs make of typed blocks, for the places of the file that have them, and of a block beside itself."""

    places: list[int]
    given: list[Given]
    alone: list[Given]


async def _typed(rungs: Rungs, found: Sequence[Labelled]) -> Typed:
    asked = {n: typed(row.question, row.options, row.blocks) for n, row in enumerate(found) if row.blocks}
    whole = {n: question for n, question in asked.items() if len(question.held) == len(found[n].responses)}
    given = [await rungs.typed(question) for question in whole.values()]
    return Typed(list(whole), given, [await rungs.typed(itself(question)) for question in whole.values()])


def _beside_prose(found: Sequence[Labelled], given: Sequence[Given], blocks: Typed) -> dict[str, Scored]:
    """The same answers by their blocks, and by what the rungs read in their prose."""
    there = [found[n] for n in blocks.places]
    by_block = _part(there, blocks.given, {"majority class": baselines.majority})
    by_prose = _part(there, [given[n] for n in blocks.places], {})
    return {"by typed block": by_block.pop("the rungs"), "by prose": by_prose["the rungs"], **by_block}


def _report(
    asked: Asked,
    parts: dict[str, dict[str, Scored]],
    checks: dict[str, tuple[str, list[Given]]],
    ruled: tuple[Sequence[Given], Sequence[Given]],
    unread: int,
) -> Report:
    given, typed_given = ruled
    tables = [_table(f"{asked.file}: {name}", part) for name, part in parts.items()]
    said = {name: (wanted, Counter[str](one.agreement for one in got)) for name, (wanted, got) in checks.items()}
    tables.append(_checked(said))
    tables.append(_who("who ruled", given))
    if typed_given:
        tables.append(_who("who ruled on typed blocks", typed_given))
    notes = ["95 % intervals by bootstrap; the majority class and the first words know this file's own labels"]
    if unread:
        notes.append(
            f"{unread} pairs were left out: two plain readings dispute one of the answers, and nobody has read it"
        )
    found = {
        "file": asked.file,
        "rungs": list(asked.rungs or ("rules",)),
        "parts": {name: {rule: one.as_json() for rule, one in part.items()} for name, part in parts.items()},
        "checks": {name: _share(wanted, told) for name, (wanted, told) in said.items()},
        "answered": dict(Counter(one.rung for one in given)),
        "passed": dict(Counter(f"{up.rung}: {up.why}" for one in given for up in one.passed)),
        "unlabelled_pairs": unread,
        **_spent(given),
    }
    if typed_given:
        found["typed"] = {
            "answered": dict(Counter(one.rung for one in typed_given)),
            "passed": dict(Counter(f"{up.rung}: {up.why}" for one in typed_given for up in one.passed)),
            **_spent(typed_given),
        }
    return Report(tuple(tables), tuple(notes), found)


def _share(wanted: str, told: Counter[str]) -> dict[str, Any]:
    n = told.total()
    return {"n": n, "wanted": wanted, "share": round(told[wanted] / n, 4) if n else None, "said": dict(told)}


def _spent(given: Sequence[Given]) -> dict[str, Any]:
    """Latency in milliseconds, tokens of every rung that was asked, and dollars: nothing for rules and models of one's
    own; null where a paid rung was asked, for what its tokens cost the price table says, and no ruling."""
    took = [one.latency_ms for one in given]
    used = [one.usage for one in given if one.usage]
    used += [up.usage for one in given for up in one.passed if up.usage]
    asked = {one.rung for one in given if one.usage} | {up.rung for one in given for up in one.passed if up.usage}
    return {
        "latency_ms": {"p50": round(figures.percentile(took, 0.5), 3), "p95": round(figures.percentile(took, 0.95), 3)},
        "tokens": {"input": sum(u.input for u in used), "output": sum(u.output for u in used)},
        "cost_usd": None if asked & PAID else 0.0,
    }


def _table(title: str, part: dict[str, Scored]) -> Table:
    head = ("", "n", "accuracy", "95 %", "balanced", "macro F1", "95 %", "F1 by class")
    return Table(title, head, tuple(_line(name, one) for name, one in part.items()))


def _line(name: str, one: Scored) -> tuple[str, ...]:
    classes = ", ".join(f"{label} {found['f1']:.2f} ({found['n']:.0f})" for label, found in one.per_class.items())
    reach = {which: f"{ends[0]:.2f} - {ends[1]:.2f}" for which, ends in one.intervals.items()}
    return (
        name,
        str(one.n),
        f"{one.accuracy:.3f}",
        reach.get("accuracy", ""),
        f"{one.balanced:.3f}",
        f"{one.macro_f1:.3f}",
        reach.get("macro_f1", ""),
        classes,
    )


def _checked(said: dict[str, tuple[str, Counter[str]]]) -> Table:
    lines = []
    for name, (wanted, told) in said.items():
        n = told.total()
        share = f"{told[wanted] / n:.3f}" if n else "no such pair"
        lines.append((name, str(n), wanted, share, ", ".join(f"{what} {times}" for what, times in told.most_common())))
    return Table("what must be so", ("", "n", "right is", "share", "said"), tuple(lines))


def _who(title: str, given: Sequence[Given]) -> Table:
    spent = _spent(given)
    who = Counter(one.rung for one in given)
    why = Counter(f"{up.rung}: {up.why}" for one in given for up in one.passed)
    lines = [
        ("answered", ", ".join(f"{rung} {times}" for rung, times in who.most_common())),
        *(("passed up", f"{times} x {told}") for told, times in why.most_common()),
        ("latency", f"p50 {spent['latency_ms']['p50']} ms, p95 {spent['latency_ms']['p95']} ms"),
        ("cost", "what the price table says of the tokens" if spent["cost_usd"] is None else "$0"),
        ("tokens", f"input {spent['tokens']['input']}, output {spent['tokens']['output']}"),
    ]
    return Table(title, ("", ""), tuple(lines))
