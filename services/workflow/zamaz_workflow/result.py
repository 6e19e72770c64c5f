"""The result of a debate, once its decision stands and its bill has come or was waited for."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from zamaz.events import Fact
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Seat
from zamaz.events.voting import Tally
from zamaz.events.workflow import DebateCompleted, DebateStarted, DecisionMade, Dissent, Participation
from zamaz_workflow import course, effects, novelty, panel, rounds, standing, voting
from zamaz_workflow.ballots import ballot_of, options_of
from zamaz_workflow.course import Stop
from zamaz_workflow.debate import Debate
from zamaz_workflow.protocols import first_choice

BILL_WAIT = timedelta(seconds=2)
WHY_LENGTH = 1000
"""Characters of a dissenter's own words: whole, they stand in its argument."""


def complete(d: Debate, start: DebateStarted, decision: DecisionMade, now: datetime) -> list[Fact]:
    """DebateCompleted, once the bill is there or was waited for."""
    if d.billed is None and d.decided_at and now < d.decided_at + BILL_WAIT:
        return []
    if decision.ruling:
        return [_ruled_by_person(d, start, decision)]
    stop = _stop(d, start)
    held = course.positions(d, start)
    argument, tally = d.answers[decision.rests_on], decision.tally
    by_turn = d.turns[argument.turn].step == start.flow.steps[-1].id
    if tally and not _is_ruled(start, tally):
        winner, dissent = _elected(d, start, stop, tally), _outvoted(d, start, tally, held)
    else:
        winner = _winner(d, start, argument, held, by_turn=by_turn)
        dissent = _dissent(d, argument, held, winner)
    detail = "; ".join(filter(None, (_detail(start, stop, tally), novelty.repeated(d))))
    return [
        DebateCompleted(
            debate_id=d.id,
            topic=decision.question,
            decision=decision.recommendation,
            rationale=argument.argument,
            decision_id=decision.decision_id,
            decision_type=decision.decision_type,
            winner=winner,
            choice=_choice(d, argument, tally),
            consensus=d.consensus is not None,
            summary=_summary(d, decision, Stop(stop.reason, detail), dissent),
            dissent=dissent,
            rounds=d.rounds,
            stop_reason=stop.reason,
            stop_detail=detail,
            partial=_is_partial(d, start, stop, tally, by_turn=by_turn),
            cost_usd=d.billed.cost_usd if d.billed else sum(d.prices.values(), Decimal(0)),
            cost_final=d.billed is not None,
            participants=tuple(_participation(d, seat) for seat in standing.seats(d).values()),
            tally=tally,
        )
    ]


def _stop(d: Debate, start: DebateStarted) -> Stop:
    """Why the arguing ended; an escalation that nobody has answered is told first."""
    stop = course.stopped(d, start, argued=True) or Stop("rounds")
    return Stop("escalation", f"{d.escalation.fact.why}; nobody ruled in time") if d.escalation else stop


def _ruled_by_person(d: Debate, start: DebateStarted, decision: DecisionMade) -> DebateCompleted:
    """The result as a person has ruled it: nothing is missing from it, whoever did not speak."""
    word = next(word.fact for word in d.words if word.key == decision.ruling)
    held = course.positions(d, start)
    others = {who: said for who, said in held.items() if word.choice and said.choice not in (None, word.choice)}
    holders = [who for who, said in held.items() if word.choice and said.choice == word.choice]
    why = d.escalation.fact.why if d.escalation else ""
    return DebateCompleted(
        debate_id=d.id,
        topic=decision.question,
        decision=decision.recommendation,
        rationale=word.why,
        decision_id=decision.decision_id,
        decision_type=decision.decision_type,
        winner=holders[0] if len(holders) == 1 else "",
        choice=word.choice,
        consensus=d.consensus is not None,
        summary=f"After {_count(d.rounds)}, ruled by {decision.ruled_by} ({why}): {decision.recommendation}",
        dissent=tuple(_differing(who, said) for who, said in others.items()),
        rounds=d.rounds,
        stop_reason="escalation",
        stop_detail=why,
        partial=False,
        cost_usd=d.billed.cost_usd if d.billed else sum(d.prices.values(), Decimal(0)),
        cost_final=d.billed is not None,
        participants=tuple(_participation(d, seat) for seat in standing.seats(d).values()),
        ruled_by=decision.ruled_by,
    )


def _is_ruled(start: DebateStarted, tally: Tally) -> bool:
    """Whether a judge has decided in words of its own: there is no candidate that was elected."""
    return start.flow.protocol.name == "judge" and bool(tally.adopted)


def _detail(start: DebateStarted, stop: Stop, tally: Tally | None) -> str:
    """Why it stopped; and which protocol has decided, and by how much."""
    if tally is None:
        return stop.detail
    measured = stop.reason != "rounds" or rounds.check_step(start.flow)
    return f"{stop.detail}; {tally.why}" if measured else tally.why


def _choice(d: Debate, argument: ArgumentPresented, tally: Tally | None) -> str:
    return tally.adopted if tally and options_of(d) else argument.choice or ""


def _elected(d: Debate, start: DebateStarted, stop: Stop, tally: Tally) -> str:
    """The one seat that argued for what the vote has adopted; "" where none or several did."""
    holders = voting.holders(d, start, stop, tally)
    return holders[0] if len(holders) == 1 else ""


def _outvoted(d: Debate, start: DebateStarted, tally: Tally, held: dict[str, ArgumentPresented]) -> tuple[Dissent, ...]:
    """Who voted for something else, for what and why: a ballot gives its own reason, else the argument does."""
    chosen = {ballot.participant: first_choice(ballot) for ballot in tally.ballots}
    made = []
    for who in tally.dissent:
        said, ballot = held.get(who), ballot_of(d, start, who)
        # Who voted for something else than it argued for is told by its vote.
        argued = said if said and (ballot is None or said.choice == chosen[who]) else None
        why = ballot or said
        made.append(
            Dissent(
                participant=who,
                position=(argued.position if argued else None) or chosen[who],
                verdict=argued.verdict if argued else None,
                choice=chosen[who] if options_of(d) else "",
                why=why.argument[:WHY_LENGTH] if why else "",
            )
        )
    return tuple(made)


def _winner(
    d: Debate, start: DebateStarted, argument: ArgumentPresented, held: dict[str, ArgumentPresented], *, by_turn: bool
) -> str:
    """The one seat whose position was adopted; "" where it was none's or several's."""
    if not by_turn:
        return argument.participant
    if not rounds.turn_steps(start.flow) or not d.rounds:
        return ""
    chosen = [who for who, position in held.items() if argument.choice and position.choice == argument.choice]
    agreed = [who for who in held if voting.stance(d, argument, who) == "agree"]
    return next((found[0] for found in (chosen, agreed) if len(found) == 1), "")


def _dissent(
    d: Debate, argument: ArgumentPresented, held: dict[str, ArgumentPresented], winner: str
) -> tuple[Dissent, ...]:
    """Final positions that the deciding argument disagrees with, or that chose another option."""
    return tuple(
        _differing(who, position)
        for who, position in held.items()
        if who != winner
        and (
            voting.stance(d, argument, who) == "disagree"
            or (argument.choice and position.choice and position.choice != argument.choice)
        )
    )


def _differing(who: str, said: ArgumentPresented) -> Dissent:
    return Dissent(
        participant=who,
        position=said.position or "",
        verdict=said.verdict,
        choice=said.choice or "",
        why=said.argument[:WHY_LENGTH],
    )


def _is_partial(d: Debate, start: DebateStarted, stop: Stop, tally: Tally | None, *, by_turn: bool) -> bool:
    cut_short = stop.reason in ("deadline", "failure", "escalation") or not stop.asks
    if not by_turn or cut_short or effects.has(d, "complete_partial") or novelty.repeated(d):
        return True
    if tally and tally.absent:
        return True
    seats = panel.panel(start) if rounds.turn_steps(start.flow) and d.rounds else ()
    return len(course.positions(d, start, round_=d.rounds)) < len(seats)


def _summary(d: Debate, decision: DecisionMade, stop: Stop, dissent: tuple[Dissent, ...]) -> str:
    how = "by consensus" if stop.reason == "consensus" and decision.tally is None else f"({stop.detail or stop.reason})"
    against = f" Dissent: {', '.join(each.participant for each in dissent)}." if dissent else ""
    return f"After {_count(d.rounds)}, {how}: {decision.recommendation}{against}"


def _count(rounds: int) -> str:
    return f"{rounds} round{'s' if rounds != 1 else ''}"


def _participation(d: Debate, seat: Seat) -> Participation:
    mine = [turn for turn in d.turns.values() if turn.participant == seat.participant]
    answers = [d.answers[turn.turn] for turn in mine if turn.turn in d.answers and turn.turn not in d.given_up]
    return Participation(
        participant=seat.participant,
        models=tuple(dict.fromkeys(f"{a.provider}/{a.model}" for a in answers)),
        answers=len(answers),
        failures=len(mine) - len(answers),
    )
