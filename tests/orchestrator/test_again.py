"""`zamaz replay` gives every kind of ruling once more, and names what is otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateRequested
from zamaz.events.flow import Earlier, Flow
from zamaz.events.orchestration import RULINGS, Ruling
from zamaz.events.workflow import DebateStarted
from zamaz.testing import record
from zamaz_orchestrator.again import REPLAY
from zamaz_orchestrator.debate import FOLDING
from zamaz_orchestrator.kinds import Card, kinds

from orchestrator.panel import CUTOFFS, LOCAL, OLLAMA, RULES, Says, answer, asked, case, climb, judgement, said, wanted

KINDS = kinds(CUTOFFS, (Card(id="direct"), Card(id="simple_debate")), "simple_debate")
SAID = {
    "consensus": judgement("partial"),
    "complexity": said("complex"),
    "workflow": said("direct"),
    "next_move": said("redirect", focus="costs", off_question=""),
    "quality": said("unmet", participant="ann"),
    "novelty": said("e1"),
}
START = DebateStarted(
    workflow="f",
    flow=Flow(id="f", steps=(), max_rounds=4),
    flow_digest="d",
    seats=(),
    earlier=(Earlier(debate="d0", decision="Keep the answers of the price table for a day"),),
)
BEFORE: tuple[Fact, ...] = (
    DebateRequested(question="Should we cache the prices that we look up, and for how long, given what they cost us?"),
    START,
    asked(1, "ann", A="bob"),
    asked(2, "bob", A="ann"),
    answer(1, "ann", "Cache the price table's answers"),
    answer(2, "bob", "Ask for prices each time"),
)


async def story(name: str, model: bool) -> list[Recorded]:
    """A debate with one ruling: a model's, or what there is without one."""
    kind = KINDS[name]
    ruling = structs.replace(wanted("t1", "t2"), kind=kind.name, criteria=("it names a risk",), sees=len(BEFORE))
    facts = [*BEFORE, ruling]
    folded = FOLDING.fold([record(n, fact) for n, fact in enumerate(facts, 1)], FOLDING.initial("d1"))
    question: Any = kind.question(folded, ruling)
    made = case(kind, question, template="Judge.\n$answer\n")
    climbed = await climb(made, RULES, OLLAMA, LOCAL, **({"ollama": Says(SAID[name])} if model else {}))
    ruled = kind.fact_of(ruling, question, climbed.opinion, climbed.passed, 12)
    return [record(n, fact) for n, fact in enumerate([*facts, ruled], 1)]


@pytest.mark.parametrize("model", [True, False], ids=["a model", "nobody"])
@pytest.mark.parametrize("name", sorted(KINDS))
async def test_every_kind_is_identical(name: str, model: bool) -> None:
    assert list(REPLAY.differences(await story(name, model))) == []


@pytest.mark.parametrize("name", sorted(KINDS))
async def test_a_ruling_that_nobody_asked_for_is_named(name: str) -> None:
    told = await story(name, model=False)
    unasked = [heard for heard in told if type(heard.fact).__name__ != "RulingRequested"]
    (found,) = REPLAY.differences(unasked)
    assert found.computed == "asked for by nobody"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("consensus", {"score": 0.9}),
        ("next_move", {"move": "complete"}),
        ("quality", {"met": False}),
        ("novelty", {"novel": False, "repeats": "d9"}),
    ],
)
async def test_what_the_default_would_not_have_said_is_named(name: str, other: dict[str, Any]) -> None:
    *before, ruled = await story(name, model=False)
    assert isinstance(ruled.fact, RULINGS) and ruled.fact.rung in ("default", "rules")
    tampered: Ruling = structs.replace(ruled.fact, **other)
    found = [one.field for one in REPLAY.differences([*before, record(ruled.seq, tampered)])]
    assert set(found) & set(other)
