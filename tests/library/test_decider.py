from __future__ import annotations

from zamaz.decider import Decider, Fold, FoldCache, after_load
from zamaz.events import Recorded, Unknown
from zamaz.events.client import DebateRequested
from zamaz.events.workflow import RoundStarted
from zamaz.testing import record

COUNT: Decider[int, None] = Decider(
    voice="workflow",
    reads=(("client", "", False), ("workflow", "RoundStarted", True), ("cost", "DebateBilled", False)),
    initial=lambda _: 0,
    evolve=lambda state, _: state + 1,
    decide=lambda *_: [],
    ended=lambda _: False,
)


def facts() -> list[Recorded]:
    return [record(3, DebateRequested(question="q")), record(5, RoundStarted(round=1))]


def test_the_filters_name_one_debate():
    assert COUNT.filters("d1") == ("evt.client.d1.>", "evt.workflow.d1.RoundStarted.>", "evt.cost.d1.DebateBilled")


def test_a_load_moves_the_fold_and_remembers_the_newest_own_fact():
    fold = after_load(COUNT, Fold(0), facts(), 9)
    assert (fold.state, fold.upto, fold.voice_at, fold.newer) == (2, 9, 5, False)


def test_a_newer_fact_of_the_own_or_the_clients_voice_stops_deciding():
    for voice, stops in (("workflow", True), ("client", True), ("debater", False)):
        strange = record(6, Unknown(f"evt.{voice}.d1.Newer", b"{}"))
        assert after_load(COUNT, Fold(0), [strange], 6).newer is stops


def test_the_cache_forgets_what_was_not_touched_for_longest():
    cache: FoldCache[int] = FoldCache(lambda _: 0, size=2)
    cache.put("a", Fold(1))
    cache.put("b", Fold(2))
    cache.get("a")
    cache.put("c", Fold(3))
    assert [cache.get(d).state for d in "abc"] == [1, 0, 3]
    assert len(cache) == 2
