"""The end of the arguing: the synthesis, the vote, a person's ruling, the deciding turn, the decision."""

from __future__ import annotations

from dataclasses import replace

from zamaz import subjects
from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Seat, Step
from zamaz.events.voting import Tally
from zamaz.events.workflow import DebateCancelled, DebateFailed, DebateStarted, DecisionMade, StopReason
from zamaz_workflow import course, effects, human, novelty, panel, rounds, turns, voting
from zamaz_workflow.course import Stop
from zamaz_workflow.debate import Debate
from zamaz_workflow.turns import Asking, Moment, Outcome

_SUPPORT = {"agree": 1.0, "partly": 0.5, "disagree": 0.0}


def conclude(d: Debate, start: DebateStarted, stop: Stop, moment: Moment) -> list[Fact]:
    """The vote, a person's ruling, the deciding turn, then DecisionMade; DebateFailed where there is nothing to decide
    on."""
    if ended := _ended_by_rule(d, start, stop):
        return ended
    if waits := _synthesis(d, start, stop, moment):
        return list(waits.said)
    tally: Tally | None = None
    if voting.binds(start, stop) and (stop.reason != "escalation" or d.escalation) and _has_positions(d, start):
        counted = voting.move(d, start, _counting(stop), moment)
        if isinstance(counted, list):
            return counted
        tally = counted
    if human.is_wanted(d, start, stop, tally):
        return [human.request(d, start, stop, moment.now)]
    decided = _decided(d, start, stop, tally, moment)
    return novelty.held_back(d, start, decided, moment) if stop.judges else decided


def _has_positions(d: Debate, start: DebateStarted) -> bool:
    """Whether there is anything to decide on: who asks for no debate needs none."""
    return bool(course.positions(d, start)) or _alone(d, start)


def _alone(d: Debate, start: DebateStarted) -> bool:
    """Whether the deciding seat answers by itself: there are no rounds, or a rule has left them out."""
    return not rounds.turn_steps(start.flow) or d.rounds == 0


def _counting(stop: Stop) -> Stop:
    """How a vote sees an escalation that nobody has answered: as rounds that are over."""
    return replace(stop, reason="rounds") if stop.reason == "escalation" else stop


def _ended_by_rule(d: Debate, start: DebateStarted, stop: Stop) -> list[Fact]:
    """The end where a rule or a gate aborts, where money was refused that the definition does not do without, or where
    somebody left."""
    done = effects.final(d)
    if done and done.action == "abort":
        return [DebateCancelled(by="the definition", why=effects.because(done))]
    if d.money.refused and start.flow.on_budget == "stop":
        return [DebateFailed(stop_reason="budget", why=d.money.refused.why)]
    if done is None and stop.reason == "failure" and course.required_left(d, start):
        return [DebateFailed(stop_reason="failure", why=stop.detail)]
    return []


def _synthesis(d: Debate, start: DebateStarted, stop: Stop, moment: Moment) -> Outcome | None:
    """What the synthesis of what was argued still needs; None without one, or when it has ended."""
    step = next((step for step in start.flow.steps if step.type == "synthesis"), None)
    if step is None or not stop.asks or stop.reason == "failure" or d.escalation or not course.positions(d, start):
        return None
    moderators = tuple(seat for seat in panel.seated(d, start) if seat.role == panel.MODERATOR)
    who = panel.asked_in(d, start, step, d.rounds) if step.who else (*moderators, decider(d, start))[:1]
    outcome = course.through(d, start, _closing(d, step, who, blind=False), moment)
    return outcome if outcome.said or outcome.open else None


def _closing(d: Debate, step: Step, who: tuple[Seat, ...], *, blind: bool, adopted: str = "") -> Asking:
    """A step after the arguing, in sight of every position."""
    again = effects.again(d, d.rounds, step.id)
    revise = effects.revise(d, d.rounds, step.id) if again else ""
    return Asking(d.rounds, step, who, blind, all_labels=True, adopted=adopted, again=again, revise=revise)


def _decided(d: Debate, start: DebateStarted, stop: Stop, tally: Tally | None, moment: Moment) -> list[Fact]:
    """What follows when everybody was heard who had to be."""
    if d.escalation and human.lacks_consensus(d, start, tally):
        why = f"nobody ruled in time, and it is not decided without a consensus. {d.escalation.fact.why}"
        return [DebateFailed(stop_reason="escalation", why=why, tally=tally)]
    if stop.reason == "deadline" and human.lacks_consensus(d, start, tally):
        return [DebateFailed(stop_reason="deadline", why=f"{stop.detail}, without a consensus", tally=tally)]
    if not _has_positions(d, start):
        return [DebateFailed(stop_reason=_failing(d, stop), why=f"{stop.detail}. {_failures(d)}".strip())]
    if tally:
        return _voted(d, start, _counting(stop), tally, moment)
    if waits := _worded(d, start, stop, moment):
        return list(waits.said)
    held, final = course.positions(d, start), final_answer(d, start)
    if final is None and not held:
        nobody = stop.detail if stop.reason == "budget" else "nobody gave an answer with a position"
        why = _failures(d) or nobody
        return [DebateFailed(stop_reason=_failing(d, stop), why=why)]
    return [_decision(d, start, final or held[adopted(d, held)])]


def _worded(d: Debate, start: DebateStarted, stop: Stop, moment: Moment, tally: Tally | None = None) -> Outcome | None:
    """What the deciding turn still needs; None when it has ended, or when there is no time for it."""
    if not stop.asks:
        return None
    outcome = course.through(d, start, _deciding(d, start, tally), moment)
    return outcome if outcome.said or outcome.open else None


def _voted(d: Debate, start: DebateStarted, stop: Stop, tally: Tally, moment: Moment) -> list[Fact]:
    """What the vote has adopted, in the words of the deciding turn; nothing that it has not adopted is decided."""
    if not tally.adopted:
        missed = stop.reason == "rounds" and tally.outcome in ("tie", "short")
        reason = "rounds" if missed and not d.escalation else _failing(d, stop)
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


def _failing(d: Debate, stop: Stop) -> StopReason:
    if d.escalation:
        return "escalation"
    return stop.reason if stop.reason in ("deadline", "budget") else "failure"


def _failures(d: Debate) -> str:
    whys = [f"{f.fact.provider or 'a provider'}: {f.fact.kind}: {f.fact.why}" for f in d.failures.values()]
    whys += [f"{a.participant}: {a.unparsed}" for a in d.answers.values() if a.position is None]
    return "; ".join(dict.fromkeys((*whys, *_unanswered(d))))[:2000]


def _unanswered(d: Debate) -> list[str]:
    """Of turns that were given up and of which nobody has said why: whom they asked, or were to ask."""
    silent = [turn for turn in d.turns.values() if turn.turn in d.given_up and turn.turn not in d.failures]
    whom = ", ".join(dict.fromkeys(f"{turn.provider}/{turn.model}" for turn in silent))
    return [f"{len(silent)} turn{'s' if len(silent) != 1 else ''} got no answer in time: {whom}"] if silent else []


def decider(d: Debate, start: DebateStarted) -> Seat:
    """The seat that the definition names, else the first one that is still there."""
    first = (panel.arguing(d, start) or panel.panel(start))[0]
    return next((seat for seat in panel.seated(d, start) if seat.participant == start.flow.decided_by), first)


def _step(start: DebateStarted) -> Step:
    return start.flow.steps[-1]


def _deciding(d: Debate, start: DebateStarted, tally: Tally | None) -> Asking:
    who = tuple(seat for seat in (decider(d, start),) if seat in panel.seated(d, start))
    return _closing(d, _step(start), who, blind=_alone(d, start), adopted=tally.adopted if tally else "")


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
