"""The end of a debate: the deciding turn, the decision, the bill's arrival, the result."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from zamaz import subjects
from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.workflow import (
    DebateCompleted,
    DebateFailed,
    DebateStarted,
    DecisionMade,
    Dissent,
    Participation,
    Seat,
    Step,
    StopReason,
)
from zamaz_workflow import course, turns
from zamaz_workflow.course import Stop
from zamaz_workflow.debate import Debate
from zamaz_workflow.turns import Asking, Moment

BILL_WAIT = timedelta(seconds=2)
_SUPPORT = {"agree": 1.0, "partly": 0.5, "disagree": 0.0}


def conclude(d: Debate, start: DebateStarted, stop: Stop, moment: Moment) -> list[Fact]:
    """The deciding turn, then DecisionMade; DebateFailed where there is nothing to decide on."""
    held = course.positions(d, start)
    if not held and course.turn_steps(start.flow):
        return [DebateFailed(stop_reason=_failing(stop), why=f"{stop.detail}. {_failures(d)}".strip())]
    if stop.reason != "deadline":
        outcome = turns.ask(d, start, _deciding(d, start), moment)
        if outcome.said or outcome.open:
            return list(outcome.said)
    final = final_answer(d, start)
    if final is None and not held:
        return [DebateFailed(stop_reason=_failing(stop), why=_failures(d) or "nobody gave an answer with a position")]
    return [_decision(d, start, final or held[adopted(d, held)])]


def _failing(stop: Stop) -> StopReason:
    return "deadline" if stop.reason == "deadline" else "failure"


def _failures(d: Debate) -> str:
    whys = [f"{f.fact.provider or 'a provider'}: {f.fact.kind}: {f.fact.why}" for f in d.failures.values()]
    whys += [f"{a.participant}: {a.unparsed}" for a in d.answers.values() if a.position is None]
    return "; ".join(dict.fromkeys(whys))[:2000]


def decider(d: Debate, start: DebateStarted) -> Seat:
    """The seat that the definition names, else the first one that is still there."""
    there = turns.seated(d, start) or start.seats
    return next((seat for seat in there if seat.participant == start.flow.decided_by), there[0])


def _step(start: DebateStarted) -> Step:
    return start.flow.steps[-1]


def _deciding(d: Debate, start: DebateStarted) -> Asking:
    alone = not course.turn_steps(start.flow)
    who = tuple(seat for seat in (decider(d, start),) if seat in turns.seated(d, start))
    return Asking(d.rounds, _step(start), who, blind=alone, all_labels=True)


def final_answer(d: Debate, start: DebateStarted) -> ArgumentPresented | None:
    """The deciding seat's answer, if it has a position."""
    for seat in start.seats:
        found = turns.answer(d, d.rounds, _step(start), seat)
        if found and found.position is not None:
            return found
    return None


def adopted(d: Debate, held: dict[str, ArgumentPresented]) -> str:
    """Without a deciding turn: the position with the most support by the others, then by its own confidence."""

    def support(who: str) -> tuple[float, float]:
        given = (_stance(d, argument, who) for other, argument in held.items() if other != who)
        return sum(_SUPPORT[stance] for stance in given if stance), held[who].confidence

    return max(held, key=support)


def _stance(d: Debate, argument: ArgumentPresented, towards: str) -> str | None:
    turn = d.turns.get(argument.turn)
    labels = turn.labels if turn else {}
    return next((s for label, s in argument.on_others.items() if labels.get(label) == towards), None)


def _decision(d: Debate, start: DebateStarted, argument: ArgumentPresented) -> DecisionMade:
    return DecisionMade(
        decision_id=subjects.made_id(d.id, "decision"),
        debate_id=d.id,
        decision_type=start.flow.decision_type,
        question=_question(d),
        recommendation=argument.position or "",
        confidence=argument.confidence,
        implementation_required=argument.verdict in ("adopt", "amend"),
        rests_on=argument.turn,
    )


def _question(d: Debate) -> str:
    return d.request.question if isinstance(d.request, DebateRequested) else ""


def complete(d: Debate, start: DebateStarted, decision: DecisionMade, now: datetime) -> list[Fact]:
    """DebateCompleted, once the bill is there or was waited for."""
    if d.billed is None and d.decided_at and now < d.decided_at + BILL_WAIT:
        return []
    stop = course.stopped(d, start, argued=True) or Stop("rounds")
    held = course.positions(d, start)
    argument = d.answers[decision.rests_on]
    turn = d.turns[decision.rests_on]
    by_turn = turn.step == _step(start).id
    winner = _winner(d, start, argument, held, by_turn=by_turn)
    dissent = _dissent(d, argument, held, winner)
    return [
        DebateCompleted(
            debate_id=d.id,
            topic=decision.question,
            decision=decision.recommendation,
            rationale=argument.argument,
            decision_id=decision.decision_id,
            decision_type=decision.decision_type,
            winner=winner,
            choice=argument.choice or "",
            consensus=d.consensus is not None,
            summary=_summary(d, decision, stop, dissent),
            dissent=dissent,
            rounds=d.rounds,
            stop_reason=stop.reason,
            stop_detail=stop.detail,
            partial=_is_partial(d, start, stop, by_turn=by_turn),
            cost_usd=d.billed.cost_usd if d.billed else sum(d.prices.values(), Decimal(0)),
            cost_final=d.billed is not None,
            participants=tuple(_participation(d, seat) for seat in start.seats),
        )
    ]


def _winner(
    d: Debate, start: DebateStarted, argument: ArgumentPresented, held: dict[str, ArgumentPresented], *, by_turn: bool
) -> str:
    """The one seat whose position was adopted; "" where it was none's or several's."""
    if not by_turn:
        return argument.participant
    if not course.turn_steps(start.flow):
        return ""
    chosen = [who for who, position in held.items() if argument.choice and position.choice == argument.choice]
    agreed = [who for who in held if _stance(d, argument, who) == "agree"]
    return next((found[0] for found in (chosen, agreed) if len(found) == 1), "")


def _dissent(
    d: Debate, argument: ArgumentPresented, held: dict[str, ArgumentPresented], winner: str
) -> tuple[Dissent, ...]:
    """Final positions that the deciding argument disagrees with, or that chose another option."""
    return tuple(
        Dissent(participant=who, position=position.position or "", verdict=position.verdict)
        for who, position in held.items()
        if who != winner
        and (
            _stance(d, argument, who) == "disagree"
            or (argument.choice and position.choice and position.choice != argument.choice)
        )
    )


def _is_partial(d: Debate, start: DebateStarted, stop: Stop, *, by_turn: bool) -> bool:
    if not by_turn or stop.reason in ("deadline", "failure"):
        return True
    return bool(course.turn_steps(start.flow)) and len(course.positions(d, start, round_=d.rounds)) < len(start.seats)


def _summary(d: Debate, decision: DecisionMade, stop: Stop, dissent: tuple[Dissent, ...]) -> str:
    rounds = f"{d.rounds} round{'s' if d.rounds != 1 else ''}"
    how = "by consensus" if stop.reason == "consensus" else f"({stop.detail or stop.reason})"
    against = f" Dissent: {', '.join(each.participant for each in dissent)}." if dissent else ""
    return f"After {rounds}, {how}: {decision.recommendation}{against}"


def _participation(d: Debate, seat: Seat) -> Participation:
    mine = [turn for turn in d.turns.values() if turn.participant == seat.participant]
    answers = [d.answers[turn.turn] for turn in mine if turn.turn in d.answers and turn.turn not in d.given_up]
    return Participation(
        participant=seat.participant,
        models=tuple(dict.fromkeys(f"{a.provider}/{a.model}" for a in answers)),
        answers=len(answers),
        failures=len(mine) - len(answers),
    )
