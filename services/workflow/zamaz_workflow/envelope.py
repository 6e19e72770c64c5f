"""The envelope: money is asked for before it is spent, and inside it the workflow does its own arithmetic.

A debate that touches a budget, or that would call a paid model that may have no price, carries `spending`; every other
pays nothing for this. What is left is what was reserved, less the prices that stand, less the worst case of every call
that is out. Calls that it does not hold are held back until more is reserved. It is asked for by the round: the calls
that are due, what is still to come in the round, and the deciding turn, so that a debate that is refused its next round
can still decide. A refusal ends the arguing, as the definition's `on_budget` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec.structs import replace

from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.debater import FREE_FAILURES
from zamaz.events.flow import Seat
from zamaz.events.rungs import calls_of
from zamaz.events.spending import PlannedCall, worst_usd
from zamaz.events.workflow import (
    DebateStarted,
    RoundStarted,
    RulingKind,
    RulingRequested,
    SpendRequested,
    TurnRequested,
)
from zamaz_workflow import panel, rounds, rulings, summaries, turns
from zamaz_workflow.debate import Debate
from zamaz_workflow.turns import Moment

BYTES_A_TOKEN = 3
"""Fewer than real text has: a bound that is rather too high."""
WORDS_BYTES = 12 * 1024
"""Of a prompt besides the question, the context and what the others said: instructions, options, the answer's form."""
RULING_TOKENS = 1024
"""The longest answer of a rung, where its model may not say more."""
CLOSING = ("vote", "synthesis", "final_decision")
NOTHING = Decimal(0)


def within(d: Debate, start: DebateStarted, said: list[Fact]) -> list[Fact]:
    """What is to be said, where the envelope pays for it; else the request for more; nothing while that waits."""
    if start.spending is None or pays(d, start, said):
        return said
    if d.money.refused or d.money.asked > d.money.answered:
        return []
    due = _calls(d, start, said)
    return [
        SpendRequested(
            number=d.money.asked + 1,
            calls=_counted((*_out(d, start), *due, *_ahead(d, start, said))),
            limit_usd=start.spending.limit_usd,
            requester=start.spending.requester,
        )
    ]


def pays(d: Debate, start: DebateStarted, said: Sequence[Fact]) -> bool:
    """Whether the calls that are to be asked for may be made: everybody has a price, and the envelope holds what they
    cost at the worst."""
    due = _calls(d, start, said)
    if start.spending is None or not due:
        return True
    out = _out(d, start)
    if any((call.provider, call.model) not in d.money.rates for call in (*due, *out)):
        return False
    spent = sum(d.prices.values(), NOTHING)
    return not start.spending.limited or d.money.reserved_usd - spent - _worst(d, out) >= _worst(d, due)


def waits(d: Debate, moment: Moment) -> bool:
    """Whether calls are out that are paid for: a refusal ends nothing before they have answered, or run out of time."""
    open_turns = (turn for turn in d.turns.values() if _is_due(d, turn))
    return any(turn.deadline + turns.LATE > moment.now for turn in open_turns)


def _worst(d: Debate, calls: Iterable[PlannedCall]) -> Decimal:
    return sum((worst_usd(call, d.money.rates[call.provider, call.model].rates) for call in calls), NOTHING)


def _calls(d: Debate, start: DebateStarted, said: Iterable[Fact]) -> tuple[PlannedCall, ...]:
    """The calls that facts ask for; none of most facts. A round begins only where its first step can be paid."""
    calls: list[PlannedCall] = []
    for fact in said:
        if isinstance(fact, TurnRequested):
            calls.append(_turn(d, fact))
        elif isinstance(fact, RulingRequested):
            calls += _ruling(d, start, fact)
        elif isinstance(fact, RoundStarted):
            calls += (_planned(seat, _prompt_tokens(d)) for seat in _speaking(d, start, fact.round))
    return tuple(calls)


def _speaking(d: Debate, start: DebateStarted, round_: int) -> tuple[Seat, ...]:
    """Who is asked first in a round: whoever sums up what was before it, and the panel."""
    maker = summaries.maker(start.flow)
    return (*([maker] if maker and summaries.due(start.flow, round_) else []), *panel.arguing(d, start))


def _turn(d: Debate, turn: TurnRequested) -> PlannedCall:
    return PlannedCall(
        key=turn.turn,
        provider=turn.provider,
        model=turn.model,
        input_tokens=_prompt_tokens(d, blind=not turn.sees),
        output_tokens=turn.max_output_tokens,
    )


def _ruling(d: Debate, start: DebateStarted, wanted: RulingRequested) -> Iterator[PlannedCall]:
    """Whoever is asked for it; about each criterion by itself, where there are some."""
    for _ in wanted.criteria or (None,):
        yield from _rungs(d, start, wanted.kind, wanted.ruling)


def _rungs(d: Debate, start: DebateStarted, kind: RulingKind, ruling: str = "") -> Iterator[PlannedCall]:
    """Each rung that asks a model may be asked, and paid, before it passes the question up."""
    for rung in start.ladder.get(kind, ()):
        if rung.provider:
            yield PlannedCall(
                key=ruling,
                provider=rung.provider,
                model=rung.model,
                input_tokens=_prompt_tokens(d),
                output_tokens=max(RULING_TOKENS, rung.max_output_tokens),
            )


def _prompt_tokens(d: Debate, *, blind: bool = False) -> int:
    """No fewer than a prompt has now: the question, the context, and all that was said."""
    asked = d.request.question if isinstance(d.request, DebateRequested) else ""
    heard = 0 if blind else sum(len(said.argument.encode()) for said in d.answers.values())
    return -(-(WORDS_BYTES + len(asked.encode()) + d.context_bytes + heard) // BYTES_A_TOKEN)


def _out(d: Debate, start: DebateStarted) -> tuple[PlannedCall, ...]:
    """The calls that are out, or back and not priced yet. They count whole, however far they have come."""
    priced = {call.rpartition("-")[0] for call in d.prices} | d.prices.keys()
    asked = (turn for turn in d.turns.values() if turn.turn not in d.money.before)
    calls = [_turn(d, t) for t in asked if _is_due(d, t) or not (t.turn in priced or _cost_nothing(d, t))]
    for ruling in d.rulings.values():
        if ruling.ruling not in d.money.before and not is_priced(d, ruling):
            calls += _ruling(d, start, ruling)
    return tuple(calls)


def is_priced(d: Debate, ruling: RulingRequested) -> bool:
    """Whether a ruling was given, and every call of it has its price: that of the rung that ruled, and those of the
    rungs that were paid before they passed the question up."""
    given = rulings.answer(d, ruling.ruling)
    return given is not None and all(one.usage is None or one.call in d.prices for one in calls_of(given))


def _is_due(d: Debate, turn: TurnRequested) -> bool:
    """Whether an answer is still waited for: whoever took its call over may yet be paid, besides what is priced."""
    return _is_open(d, turn) and turn.turn not in d.given_up


def _is_open(d: Debate, turn: TurnRequested) -> bool:
    return turn.turn not in d.answers and turn.turn not in d.failures


def _cost_nothing(d: Debate, turn: TurnRequested) -> bool:
    failure = d.failures.get(turn.turn)
    fact = failure.fact if failure else None
    return fact is not None and fact.usage is None and (fact.kind in FREE_FAILURES or not fact.call)


def _ahead(d: Debate, start: DebateStarted, said: Sequence[Fact]) -> Iterator[PlannedCall]:
    """What may follow in the round, and the turns that close the debate: each seat once a step, after all that may be
    said before it."""
    begins = next((fact.round for fact in said if isinstance(fact, RoundStarted)), 0)
    asked = {fact.step for fact in said if isinstance(fact, TurnRequested)}
    arguing = rounds.steps_of_round(start.flow, begins or max(1, d.rounds))
    steps = [step for step in start.flow.steps if step in arguing or step.type in CLOSING]
    now = 0 if begins else max((n for n, step in enumerate(steps) if step.id in asked), default=len(arguing) - 1)
    seats = panel.arguing(d, start)
    more = sum(seat.max_output_tokens for seat in seats)
    grown = _prompt_tokens(d) + more
    for step in steps[now + 1 :]:
        who = _deciders(d, start) if step.type in ("final_decision", "synthesis") else seats
        yield from (_planned(seat, grown) for seat in who)
        grown += more
    if rounds.check_step(start.flow):
        yield from _rungs(d, start, "consensus")
    if start.flow.adaptation:
        yield from _rungs(d, start, "next_move")


def _deciders(d: Debate, start: DebateStarted) -> tuple[Seat, ...]:
    """Whoever may have to word the decision."""
    named = tuple(seat for seat in start.seats if seat.participant == start.flow.decided_by)
    return named or panel.arguing(d, start)[:1]


def _planned(seat: Seat, tokens_in: int) -> PlannedCall:
    return PlannedCall(
        provider=seat.provider, model=seat.model, input_tokens=tokens_in, output_tokens=seat.max_output_tokens
    )


def _counted(calls: Iterable[PlannedCall]) -> tuple[PlannedCall, ...]:
    """Calls that are alike, together."""
    return tuple(replace(call, times=times) for call, times in Counter(calls).items())
