"""The end of the arguing: the vote, the deciding turn, the decision."""

from __future__ import annotations

from zamaz import subjects
from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Seat, Step
from zamaz.events.voting import Tally
from zamaz.events.workflow import DebateFailed, DebateStarted, DecisionMade, StopReason
from zamaz_workflow import course, panel, turns, voting
from zamaz_workflow.course import Stop
from zamaz_workflow.debate import Debate
from zamaz_workflow.turns import Asking, Moment, Outcome

_SUPPORT = {"agree": 1.0, "partly": 0.5, "disagree": 0.0}


def conclude(d: Debate, start: DebateStarted, stop: Stop, moment: Moment) -> list[Fact]:
    """The deciding turn, then DecisionMade; DebateFailed where there is nothing to decide on."""
    held = course.positions(d, start)
    if not held and course.turn_steps(start.flow):
        return [DebateFailed(stop_reason=_failing(stop), why=f"{stop.detail}. {_failures(d)}".strip())]
    if voting.binds(start, stop):
        counted = voting.move(d, start, stop, moment)
        return counted if isinstance(counted, list) else _voted(d, start, stop, counted, moment)
    if waits := _worded(d, start, stop, moment):
        return list(waits.said)
    final = final_answer(d, start)
    if final is None and not held:
        return [DebateFailed(stop_reason=_failing(stop), why=_failures(d) or "nobody gave an answer with a position")]
    return [_decision(d, start, final or held[adopted(d, held)])]


def _worded(d: Debate, start: DebateStarted, stop: Stop, moment: Moment, tally: Tally | None = None) -> Outcome | None:
    """What the deciding turn still needs; None when it has ended, or when there is no time for it."""
    if stop.reason == "deadline":
        return None
    outcome = turns.ask(d, start, _deciding(d, start, tally), moment)
    return outcome if outcome.said or outcome.open else None


def _voted(d: Debate, start: DebateStarted, stop: Stop, tally: Tally, moment: Moment) -> list[Fact]:
    """What the vote has adopted, in the words of the deciding turn; nothing that it has not adopted is decided."""
    if not tally.adopted:
        missed = stop.reason == "rounds" and tally.outcome in ("tie", "short")
        reason = "rounds" if missed else _failing(stop)
        why = (
            f"{tally.why}. {_failures(d)}" if stop.reason == "rounds" else f"{stop.detail}. {tally.why}. {_failures(d)}"
        )
        return [DebateFailed(stop_reason=reason, why=why.strip(), tally=tally)]
    if (judge := panel.judge(start)) and tally.decided_by == judge.participant:
        ruling = turns.answer(d, d.rounds, _step(start), judge)
    elif waits := _worded(d, start, stop, moment, tally):
        return list(waits.said)
    else:
        ruling = final_answer(d, start)
    holders = voting.holders(d, start, stop, tally)
    if ruling and voting.follows(d, ruling, tally, holders):
        return [_decision(d, start, ruling, tally)]
    rests_on = voting.spokesman(d, start, stop, tally, holders)
    words = rests_on.position if holders and rests_on.position else tally.adopted
    return [_decision(d, start, rests_on, tally, words)]


def _failing(stop: Stop) -> StopReason:
    return "deadline" if stop.reason == "deadline" else "failure"


def _failures(d: Debate) -> str:
    whys = [f"{f.fact.provider or 'a provider'}: {f.fact.kind}: {f.fact.why}" for f in d.failures.values()]
    whys += [f"{a.participant}: {a.unparsed}" for a in d.answers.values() if a.position is None]
    return "; ".join(dict.fromkeys(whys))[:2000]


def decider(d: Debate, start: DebateStarted) -> Seat:
    """The seat that the definition names, else the first one that is still there."""
    first = (panel.arguing(d, start) or panel.panel(start))[0]
    return next((seat for seat in panel.seated(d, start) if seat.participant == start.flow.decided_by), first)


def _step(start: DebateStarted) -> Step:
    return start.flow.steps[-1]


def _deciding(d: Debate, start: DebateStarted, tally: Tally | None) -> Asking:
    alone = not course.turn_steps(start.flow)
    who = tuple(seat for seat in (decider(d, start),) if seat in panel.seated(d, start))
    return Asking(d.rounds, _step(start), who, blind=alone, all_labels=True, adopted=tally.adopted if tally else "")


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
        given = (voting.stance(d, argument, who) for other, argument in held.items() if other != who)
        return sum(_SUPPORT[stance] for stance in given if stance), held[who].confidence

    return max(held, key=support)


def _decision(
    d: Debate, start: DebateStarted, argument: ArgumentPresented, tally: Tally | None = None, words: str = ""
) -> DecisionMade:
    return DecisionMade(
        decision_id=subjects.made_id(d.id, "decision"),
        debate_id=d.id,
        decision_type=start.flow.decision_type,
        question=_question(d),
        recommendation=words or argument.position or "",
        confidence=argument.confidence,
        implementation_required=argument.verdict in ("adopt", "amend"),
        rests_on=argument.turn,
        tally=tally,
    )


def _question(d: Debate) -> str:
    return d.request.question if isinstance(d.request, DebateRequested) else ""
