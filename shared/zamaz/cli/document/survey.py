"""The document over many debates: what they cost, how they ended, how providers and rungs did. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from zamaz.cli.amounts import milliseconds, percent, usd
from zamaz.cli.document import Bar, Block, Chart, Document, Section, Sentence, Table, Told
from zamaz.views.effect import Effect
from zamaz.views.figures import Agreed, Spent, Worked
from zamaz.views.period import Period
from zamaz.views.savings import ANSWER_TOKENS, PROMPT_TOKENS, Saved

MOST_BARS = 24


class Survey(NamedTuple):
    """Everything that the page tells. `saved` is None where a dear model has no known price: `unsaved` says why."""

    period: Period
    overall: Effect
    workflows: Sequence[Effect]
    over_time: Sequence[Spent]
    by_workflow: Sequence[Spent]
    models: Sequence[Spent]
    spent: Spent
    rounds: dict[int, int]
    work: Sequence[Worked]
    agreement: Sequence[Agreed]
    saved: Saved | None
    unsaved: str = ""


def document(survey: Survey) -> Document:
    """The page."""
    return Document(f"Debates {when(survey.period)}", tuple(_blocks(survey)))


def when(period: Period) -> str:
    """The period in words."""
    days = f"from {period.since or 'the first'} to {period.until or 'the last'} day" if any(period[:2]) else "so far"
    whose = f" of {period.requester}" if period.requester else ""
    return days + whose + (f" by {period.workflow}" if period.workflow else "")


def _blocks(survey: Survey) -> Iterator[Block]:
    if not survey.overall.debates:
        yield Sentence("No debate has ended in this period.")
        return
    yield _head(survey)
    yield from _cost(survey)
    yield from _consensus(survey)
    yield from _speed(survey.work)
    yield from _failures(survey.work)
    yield from _savings(survey)
    yield from _workflows(survey.workflows)


def _head(survey: Survey) -> Told:
    all_ = survey.overall
    began = all_.debates - all_.rejected
    return Told(
        (
            ("Debates", f"{all_.debates:,}"),
            (
                "Completed",
                f"{all_.completed:,} ({of(all_.completed, began)} of those that began)",
            ),
            ("In consensus", percent(all_.consensus) or "-"),
            ("Partial", percent(all_.partial) or "-"),
            ("Paid", usd(survey.spent.usd)),
            ("A debate, on average", usd(all_.usd) if all_.usd is not None else "-"),
        )
    )


def of(part: float, whole: float) -> str:
    """A share in words."""
    return percent(part / whole if whole else None) or "-"


def _cost(survey: Survey) -> Iterator[Block]:
    yield Section("What they cost")
    parts = ("arguments", "orchestration")
    if not survey.spent.usd:
        yield Sentence("Nothing was paid: every model was local, or a script.")
        return
    yield Chart("Dollars over time", tuple(_spending(survey.over_time[-MOST_BARS:])), parts)
    yield Chart("Dollars by workflow", tuple(_spending(survey.by_workflow[:MOST_BARS])), parts)
    yield Chart("Dollars by model", tuple(_spending(survey.models[:MOST_BARS])), parts)
    told = f"{usd(survey.spent.estimated_usd)} of it is an estimate: the provider sent no count, or the call was lost."
    yield Sentence(told if survey.spent.estimated_usd else "All of it was counted by the providers.")
    if survey.spent.unpriced:
        yield Sentence(f"{survey.spent.unpriced} calls have no price in any table and are counted as nothing.")


def _spending(found: Iterable[Spent]) -> Iterator[Bar]:
    for one in found:
        parts = (float(one.usd - one.orchestration_usd), float(one.orchestration_usd))
        yield Bar(one.name or "-", parts, f"{usd(one.usd)} ({one.calls:,} calls)")


def _consensus(survey: Survey) -> Iterator[Block]:
    yield Section("How they agreed")
    rates = [one for one in survey.workflows if one.consensus is not None]
    bars = (Bar(one.workflow or "-", (one.consensus or 0.0,), percent(one.consensus) or "") for one in rates)
    yield Chart("Completed in consensus, by workflow", tuple(bars))
    if survey.rounds:
        total = sum(survey.rounds.values())
        after = (Bar(f"round {n}", (times,), f"{times:,} ({of(times, total)})") for n, times in survey.rounds.items())
        yield Chart("Consensus came after", tuple(after))


def _speed(work: Sequence[Worked]) -> Iterator[Block]:
    timed = [one for one in work if one.p50_ms is not None and one.p95_ms is not None]
    if not timed:
        return
    yield Section("How long it took")
    for part, title in (("turn", "Answers, by provider"), ("ruling", "Rulings, by rung")):
        mine = [one for one in timed if one.part == part]
        bars = (
            Bar(one.name, (one.p50_ms or 0.0, (one.p95_ms or 0.0) - (one.p50_ms or 0.0)), _times(one)) for one in mine
        )
        if mine:
            yield Chart(title, tuple(bars), ("half of them", "95 of 100"))
    yield Sentence("Read from a histogram: each is within 10 percent.")


def _times(one: Worked) -> str:
    return f"{milliseconds(one.p50_ms or 0.0)}, {milliseconds(one.p95_ms or 0.0)}"


def _failures(work: Sequence[Worked]) -> Iterator[Block]:
    yield Section("What failed")
    turns = [one for one in work if one.part == "turn"]
    kinds: dict[str, int] = {}
    for one in turns:
        for kind, times in one.outcomes.items():
            if kind != "answered":
                kinds[kind] = kinds.get(kind, 0) + times
    if not kinds:
        yield Sentence("No turn failed.")
        return
    asked = sum(sum(one.outcomes.values()) for one in turns)
    worst = sorted(kinds.items(), key=lambda one: -one[1])
    yield Chart("Turns without a position", tuple(Bar(k, (n,), f"{n:,} ({of(n, asked)} of all)") for k, n in worst))


def _savings(survey: Survey) -> Iterator[Block]:
    yield Section("What cheap orchestration saved")
    if survey.saved is None:
        yield Sentence(survey.unsaved)
        return
    one = survey.saved
    bars = (
        Bar(f"by {one.model} (estimate)", (float(one.dear_usd),), usd(one.dear_usd)),
        Bar("as it was", (float(one.paid_usd),), usd(one.paid_usd)),
    )
    yield Chart(f"Dollars for {one.rulings:,} rulings", bars)
    yield Sentence(f"Saved: {percent(one.share) or '-'}.", strong=True)
    yield Sentence(
        f"The estimate: {one.model} reads the answers that each ruling is about ({one.read:,} tokens in all) and"
        f" {PROMPT_TOKENS} tokens beside them, and answers with {ANSWER_TOKENS}."
    )
    if survey.agreement:
        head = ("Ruling", "ruled by", "also asked", "times", "agrees", "mean regret")
        yield Table(head, tuple(_agreement(one) for one in survey.agreement))


def _agreement(one: Agreed) -> tuple[str, ...]:
    return one.kind, one.ruled_by, one.rung, f"{one.asked:,}", of(one.agreed, one.judged), f"{one.regret:.3f}"


def _workflows(effects: Sequence[Effect]) -> Iterator[Block]:
    yield Section("How the workflows did")
    head = ("Workflow", "debates", "completed", "consensus", "partial", "rounds", "seconds", "a debate")
    yield Table(head, tuple(_workflow(one) for one in effects))


def _workflow(one: Effect) -> tuple[str, ...]:
    return (
        one.workflow or "-",
        f"{one.debates:,}",
        of(one.completed, one.debates - one.rejected),
        percent(one.consensus) or "-",
        percent(one.partial) or "-",
        "-" if one.rounds is None else f"{one.rounds:.1f}",
        "-" if one.seconds is None else f"{one.seconds:,.0f}",
        usd(one.usd if one.usd is not None else Decimal(0)),
    )
