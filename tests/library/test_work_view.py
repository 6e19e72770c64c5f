"""The work view: what recorded debates were made of, the same however the log is cut into batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from zamaz import chain
from zamaz.events import ENDINGS, Fact, Recorded
from zamaz.events.cost import CallPriced
from zamaz.events.debater import ArgumentPresented, TurnFailed, Usage
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.orchestration import Ruling, RulingShadowed
from zamaz.events.workflow import DebateCompleted
from zamaz.views import sqlite
from zamaz.views.buckets import bucket, percentile
from zamaz.views.debates import DebatesView
from zamaz.views.figures import agreed, ended, spent, worked
from zamaz.views.period import Period
from zamaz.views.work import WorkView

from library.reading import Reader

HISTORIES = sorted((Path(__file__).parents[1] / "contract" / "histories").glob("*.json"))


def dear(heard: Recorded, n: int) -> Recorded:
    """Scripts cost nothing: what a dear model would have been paid."""
    if isinstance(heard.fact, CallPriced):
        paid = replace(heard.fact, provider="dear", amount_usd=Decimal(n) * Decimal("1.000000001"), basis="usage")
        return replace(heard, fact=paid)
    if isinstance(heard.fact, ArgumentPresented):
        return replace(heard, fact=replace(heard.fact, usage=Usage(input=n, output=2 * n), latency_ms=n))
    return heard


def shadow(heard: Recorded, fact: Ruling) -> Recorded:
    told = RulingShadowed(
        ruling=fact.ruling, kind="consensus", ruled_by=fact.rung, ruled="full", ruled_confidence=1.0, rung="cloud",
        agrees=heard.seq % 2 == 0, regret=0.25, inputs_digest="x",
    )  # fmt: skip
    return replace(heard, fact=told)


def log() -> Iterator[Recorded]:
    """Every recorded debate, one log."""
    stored = (link.stored.recorded() for file in HISTORIES for link in chain.read(file.read_bytes()).facts)
    n = 0
    for heard in sorted(stored, key=lambda one: one.stamp):
        n += 1
        yield replace(dear(heard, n), seq=n)
        if isinstance(heard.fact, Ruling):
            n += 1
            yield replace(shadow(heard, heard.fact), seq=n)


LOG = tuple(log())


def reader(*facts: Recorded) -> Reader:
    return Reader(*facts, views=(DebatesView(), WorkView()))


WHOLE = reader(*LOG)
DEBATE = next(heard.debate for heard in LOG if isinstance(heard.fact, DebateCompleted))


@settings(max_examples=15, deadline=None)
@given(cuts=some.lists(some.integers(0, len(LOG)), max_size=12), again=some.integers(0, 60))
def test_however_it_is_cut_and_whatever_comes_twice_the_rows_are_the_same(cuts: list[int], again: int):
    """Live and rebuilt are two ways to cut the same log."""
    made = reader()
    for begin, end in pairwise(sorted({0, *cuts, len(LOG)})):
        made.take(LOG[max(0, begin - again) : end])
    assert made.dump() == WHOLE.dump()
    assert made.position() == WHOLE.position()


def test_what_was_paid_is_the_sum_of_the_prices_by_whatever_name():
    prices = sum((heard.fact.amount_usd for heard in LOG if isinstance(heard.fact, CallPriced)), Decimal(0))
    with WHOLE.store.transaction() as rows:
        for by in ("day", "month", "requester", "workflow", "provider", "model", "part", "basis"):
            assert sum((one.usd for one in spent(rows, by, Period())), Decimal(0)) == prices, by
        (provider,) = spent(rows, "provider", Period())
    assert (provider.name, provider.calls) == ("dear", sum(isinstance(heard.fact, CallPriced) for heard in LOG))


def test_every_turn_and_ruling_is_counted_by_how_it_ended():
    with WHOLE.store.transaction() as rows:
        found = worked(rows, Period())
    turns = [one for one in found if one.part == "turn"]
    answers = [heard.fact for heard in LOG if isinstance(heard.fact, ArgumentPresented)]
    assert sum(one.outcomes.get("answered", 0) for one in turns) == sum(a.position is not None for a in answers)
    failed = sum(isinstance(heard.fact, TurnFailed) for heard in LOG)
    assert sum(sum(one.outcomes.values()) for one in turns) == len(answers) + failed
    assert sum(one.tokens["output"] for one in turns) == sum(a.usage.output for a in answers if a.usage)
    rulings = sum(isinstance(heard.fact, Ruling) for heard in LOG)
    given = (n for one in found if one.part == "ruling" for what, n in one.outcomes.items() if "answered" in what)
    assert sum(given) == rulings > 0


def test_every_ending_is_counted_once_with_its_reason():
    with WHOLE.store.transaction() as rows:
        found = ended(rows, Period())
    assert sum(one.debates for one in found) == sum(isinstance(heard.fact, ENDINGS) for heard in LOG)
    assert {one.ending for one in found} >= {"completed", "failed", "cancelled", "rejected"}


def test_what_ended_debates_cost_is_theirs_whenever_it_was_paid_and_of_those_that_run_it_is_nobodys():
    """A price after the ending counts with it; what runs divides no bill."""
    (end,) = [heard for heard in LOG if heard.debate == DEBATE and isinstance(heard.fact, ENDINGS)]
    mine = [heard for heard in LOG if heard.debate == DEBATE]
    prices = [heard.fact.amount_usd for heard in mine if isinstance(heard.fact, CallPriced)]
    late = replace(LOG[-1], debate=DEBATE, seq=len(LOG) + 1, fact=CallPriced(
        call="late", provider="dear", model="m", amount_usd=Decimal("0.5"), basis="usage"))  # fmt: skip
    one_by_one = reader()
    for heard in (*mine, late):
        one_by_one.take([heard])
    for made in (reader(*mine, late), one_by_one):
        with made.store.transaction() as rows:
            assert sum((one.usd for one in ended(rows, Period())), Decimal(0)) == sum(prices) + Decimal("0.5")
    running = reader(*(heard for heard in mine if heard.seq < end.seq))
    with running.store.transaction() as rows:
        assert (ended(rows, Period()), spent(rows, "part", Period()) != []) == ([], True)


def test_months_and_days_tell_the_same():
    """A period of whole months is read from the months' sums, any other from the days'."""
    first, last = (date.fromisoformat(LOG[n].stamp[:10]) for n in (0, -1))
    by_day, by_month = Period(first, last), Period()
    assert (by_day.whole_months, by_month.whole_months) == (False, True)
    with WHOLE.store.transaction() as rows:
        assert spent(rows, "provider", by_day) == spent(rows, "provider", by_month)
        assert sorted(ended(rows, by_day)) == sorted(ended(rows, by_month))
        assert worked(rows, by_day) == worked(rows, by_month)
        assert agreed(rows, by_day) == agreed(rows, by_month)


def test_agreement_is_counted_over_all_shadows():
    with WHOLE.store.transaction() as rows:
        found = agreed(rows, Period())
    shadows = [heard.fact for heard in LOG if isinstance(heard.fact, RulingShadowed)]
    assert sum(one.judged for one in found) == len(shadows)
    assert sum(one.agreed for one in found) == sum(one.agrees is True for one in shadows)
    assert {one.regret for one in found} == {0.25}


def test_a_period_and_a_workflow_leave_out_the_rest():
    with WHOLE.store.transaction() as rows:
        everything = sum(one.debates for one in ended(rows, Period()))
        before = ended(rows, Period(until=date(2020, 1, 1)))
        complex_ones = ended(rows, Period(workflow="complex_debate"))
    assert before == []
    assert {one.workflow for one in complex_ones} == {"complex_debate"}
    assert 0 < sum(one.debates for one in complex_ones) < everything


@pytest.mark.parametrize("cut", [0, len(LOG) // 2, len(LOG)])
@pytest.mark.parametrize("kind", [DebateErased(by="ann"), DebateArchived(digest="d", where="a.json")])
@pytest.mark.parametrize("debate", sorted({heard.debate for heard in LOG})[::4])
def test_a_debate_that_left_the_log_leaves_what_would_stand_without_it(debate: str, kind: Fact, cut: int):
    left = replace(LOG[-1], debate=debate, seq=len(LOG) + 1, fact=kind)
    made = reader(*LOG[:cut])
    made.take([*LOG[cut:], left])
    without = reader(*(heard for heard in LOG if heard.debate != debate))
    dump, wanted = made.dump(), without.dump()
    assert {name: dump[name] for name in dump if name != "debates"} == {n: wanted[n] for n in dump if n != "debates"}


def test_a_view_of_another_edition_or_another_log_is_made_anew_and_says_so(tmp_path: Path):
    class Newer(DebatesView):
        edition = 2

    file = tmp_path / "views.sqlite"
    first = Reader(*LOG, store=sqlite.store(file))
    assert first.anew == {}
    assert Reader(store=sqlite.store(file)).position() == first.position()
    newer = Reader(store=sqlite.store(file), views=(Newer(),))
    assert newer.anew == {"debates": "another version wrote it"}
    assert (newer.position(), newer.newest(5)) == (0, [])


def test_a_view_that_comes_later_fills_itself_from_the_first_fact(tmp_path: Path):
    file = tmp_path / "views.sqlite"
    Reader(*LOG, store=sqlite.store(file))
    both = Reader(store=sqlite.store(file), views=(DebatesView(), WorkView()))
    assert both.position() == 0
    both.take(LOG)
    assert both.dump() == WHOLE.dump()


@settings(max_examples=50, deadline=None)
@given(times=some.lists(some.integers(1, 10**7), min_size=1, max_size=200), share=some.sampled_from((0.5, 0.95)))
def test_a_percentile_is_within_ten_percent(times: list[int], share: float):
    counts: dict[int, int] = {}
    for ms in times:
        counts[bucket(ms)] = counts.get(bucket(ms), 0) + 1
    found = percentile(counts.items(), share)
    exact = next(ms for n, ms in enumerate(sorted(times), 1) if n >= share * len(times))
    assert found == pytest.approx(exact, rel=0.1)
