"""Whatever is granted, refused, answered and priced: nobody is called beyond the envelope, and every debate ends."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from zamaz.definition import BudgetsFile
from zamaz.events import ENDINGS
from zamaz.events.client import DebateRequested
from zamaz.events.cost import CallPriced, SpendRefused, SpendReserved
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.spending import worst_usd
from zamaz.events.workflow import DebateStarted, RulingRequested, SpendRequested, TurnRequested
from zamaz.testing import Story
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.table import answer, failed, open_turns, ruled, story
from workflow.test_envelope import KNOWN, RATES, worst

Tale = Story[Debate, World]
STEPS = 200


def started(on_budget: str) -> Tale:
    """A debate under a budget, by a definition that does one thing or another when money is refused."""
    tale = story()
    catalog = replace(tale.world.catalog, budgets=BudgetsFile())
    tale = replace(tale, world=replace(tale.world, catalog=catalog))
    tale = tale.when(DebateRequested(question="Split it?", budget_usd="9"))
    (start,) = tale.all(DebateStarted)
    changed = structs.replace(start, flow=structs.replace(start.flow, on_budget=on_budget, max_rounds=4))
    heard = tuple(structs.replace(one, fact=changed) if one.fact is start else one for one in tale.facts)
    return replace(tale, facts=heard)


def over(tale: Tale) -> bool:
    return any(isinstance(heard.fact, ENDINGS) for heard in tale.facts)


def committed(tale: Tale) -> Decimal:
    """What was paid and what the calls that are out may cost by what they were planned at."""
    priced = {price.call.rpartition("-")[0]: price.amount_usd for price in tale.all(CallPriced)}
    planned = {call.key: worst_usd(call, RATES) for ask in tale.all(SpendRequested) for call in ask.calls if call.key}
    out = (turn.turn for turn in tale.all(TurnRequested) if turn.turn not in priced)
    return sum(priced.values(), Decimal(0)) + sum((planned.get(turn, Decimal(0)) for turn in out), Decimal(0))


def asked_for(tale: Tale) -> SpendRequested | None:
    answers = {fact.number for fact in (*tale.all(SpendReserved), *tale.all(SpendRefused))}
    return next((ask for ask in tale.all(SpendRequested) if ask.number not in answers), None)


def step(tale: Tale, draw: Any) -> Tale:
    """The cost service, a debater, the orchestrator or the clock: whoever has something to do, does it."""
    if ask := asked_for(tale):
        if draw(st.integers(0, 3)) == 0:
            return tale.when(SpendRefused(number=ask.number, scope="all", why="no more"))
        return tale.when(SpendReserved(number=ask.number, amount_usd=worst(ask.calls), rates=KNOWN))
    if turns := open_turns(tale):
        turn = turns[draw(st.integers(0, len(turns) - 1))]
        if draw(st.integers(0, 3)) == 0:
            return tale.when(failed(turn, call=f"{turn.turn}-1", kind="timeout"))
        cost = Decimal(draw(st.integers(0, 2))) / 1000
        price = CallPriced(
            call=f"{turn.turn}-1", provider=turn.provider, model=turn.model, amount_usd=cost, basis="usage"
        )
        return tale.given(answer(turn)).when(price)
    given_ = {fact.ruling for fact in tale.all(ConsensusAssessed)}
    if any(fact.ruling not in given_ for fact in tale.all(RulingRequested)):
        return ruled(tale, draw(st.sampled_from([0.0, 1.0])))
    return tale.later(30).then()


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["shrink", "finish", "stop"]))
def test_nobody_is_called_beyond_the_envelope_and_every_debate_ends(data: st.DataObject, on_budget: str) -> None:
    tale = started(on_budget)
    for _ in range(STEPS):
        if over(tale):
            break
        tale = step(tale, data.draw)
        reserved = sum((fact.amount_usd for fact in tale.all(SpendReserved)), Decimal(0))
        assert committed(tale) <= reserved
    assert over(tale)
    numbers = [ask.number for ask in tale.all(SpendRequested)]
    assert numbers == list(range(1, len(numbers) + 1))
    if refused := tale.all(SpendRefused):
        assert refused[0].number == numbers[-1], "after a refusal nobody asks again"
