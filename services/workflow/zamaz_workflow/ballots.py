"""What the seats voted: what there is to vote for, and one ballot of each seat, read out of the facts."""

from __future__ import annotations

from dataclasses import dataclass

from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Flow, Seat, Step
from zamaz.events.voting import Ballot, BallotState
from zamaz.events.workflow import DebateStarted, TurnRequested
from zamaz_workflow import course, panel, rounds, rules, turns
from zamaz_workflow.course import Stop
from zamaz_workflow.debate import Debate

VOTE = "vote"
_ABSENCES: dict[str, BallotState] = {"refused": "refused", "filtered": "refused", "timeout": "timed_out"}


@dataclass(frozen=True)
class Candidate:
    """What can be adopted: an option, or a position as the first seat that holds it words it."""

    name: str
    holders: tuple[str, ...] = ()


def vote_step(flow: Flow) -> Step | None:
    """The step that asks for ballots, where the definition has one."""
    return next((step for step in flow.steps if step.type == VOTE), None)


def options_of(d: Debate) -> tuple[str, ...]:
    """The options of the request."""
    return d.request.options if isinstance(d.request, DebateRequested) else ()


def standing(d: Debate, start: DebateStarted, stop: Stop) -> dict[str, ArgumentPresented]:
    """The positions that count, by participant: those of the last round. Where the debate's time or
    its money was over, a position of an earlier round stands until its seat has given another."""
    return course.positions(d, start, round_=None if stop.reason in ("deadline", "budget") else d.rounds)


def candidates(d: Debate, held: dict[str, ArgumentPresented]) -> tuple[Candidate, ...]:
    """The request's options; without any, the positions as the last ruling grouped them."""
    if options := options_of(d):
        return tuple(Candidate(o, tuple(who for who, said in held.items() if said.choice == o)) for o in options)
    groups: dict[object, list[str]] = {}
    ruled = _groups(d, held)
    for who, said in held.items():
        groups.setdefault(ruled.get(who, _same(said)), []).append(who)
    return tuple(Candidate(held[holders[0]].position or "", tuple(holders)) for holders in groups.values())


def _groups(d: Debate, held: dict[str, ArgumentPresented]) -> dict[str, int]:
    """The group of each position that the newest ruling has read. A ruling that came too late is none."""
    newest = rules.newest_assessed(d)
    read = newest.positions if newest else ()
    return {
        p.participant: p.group for p in read if p.participant in held and held[p.participant].position == p.position
    }


def _same(said: ArgumentPresented) -> str:
    """Where nobody ruled, the same words are the same position."""
    return " ".join((said.position or "").casefold().split()).rstrip(".!")


def ballots(d: Debate, start: DebateStarted, stop: Stop, found: tuple[Candidate, ...]) -> tuple[Ballot, ...]:
    """One ballot of every seat of the panel: what it voted where it was asked to, else the position that it argued."""
    step = vote_step(start.flow)
    if step and is_asked(d, start, step):
        return tuple(_voted(d, seat, step, found) for seat in panel.panel(start))
    held = standing(d, start, stop)
    return tuple(_argued(d, start, seat, held.get(seat.participant), found) for seat in panel.panel(start))


def is_asked(d: Debate, start: DebateStarted, step: Step) -> bool:
    """Whether the votes of the current round were asked for."""
    return any((d.rounds, step.id, seat.participant) in d.slots for seat in panel.panel(start))


def _voted(d: Debate, seat: Seat, step: Step, found: tuple[Candidate, ...]) -> Ballot:
    said = turns.answer(d, d.rounds, step, seat)
    if said is None or said.position is None:
        return Ballot(participant=seat.participant, state=_absence(d, seat, step))
    meant = _meant(d, d.turns[said.turn], found)
    approvals = tuple(meant[name] for name in said.approvals if name in meant)
    ranking = tuple(meant[name] for name in said.ranking if name in meant)
    choice = meant.get(said.choice or "", "")
    return Ballot(
        participant=seat.participant,
        state="cast" if choice or approvals or ranking else "abstained",
        choice=choice,
        confidence=said.confidence,
        approvals=approvals,
        ranking=ranking,
    )


def _meant(d: Debate, turn: TurnRequested, found: tuple[Candidate, ...]) -> dict[str, str]:
    """What the words of a ballot stand for: an option for itself, a label for the position of whom it hides. A
    position may read like a label ("B"), so the two are never mixed."""
    if options_of(d):
        names = {candidate.name for candidate in found}
        return {word: word if word in names else "" for word in turn.choices}
    of = {who: candidate.name for candidate in found for who in candidate.holders}
    return {word: of.get(turn.labels.get(word, ""), "") for word in turn.choices}


def _argued(
    d: Debate, start: DebateStarted, seat: Seat, said: ArgumentPresented | None, found: tuple[Candidate, ...]
) -> Ballot:
    if said is None:
        steps = rounds.steps_of_round(start.flow, d.rounds)
        asked = [step for step in steps if (d.rounds, step.id, seat.participant) in d.slots]
        return Ballot(participant=seat.participant, state=_absence(d, seat, asked[-1]) if asked else "absent")
    held = (candidate.name for candidate in found if seat.participant in candidate.holders)
    choice = next(held, "")
    state: BallotState = "cast" if choice else "abstained"
    return Ballot(participant=seat.participant, state=state, choice=choice, confidence=said.confidence)


def _absence(d: Debate, seat: Seat, step: Step) -> BallotState:
    """Why a seat has no answer in a step of the current round."""
    attempts = d.slots.get((d.rounds, step.id, seat.participant), ())
    last = attempts[-1].turn if attempts else ""
    if last in d.given_up:
        return "timed_out"
    if last in d.answers:
        return "unparsed"
    failure = d.failures.get(last)
    if failure is None:
        return "absent"
    return _ABSENCES.get(failure.fact.kind, "failed")


def ballot_of(d: Debate, start: DebateStarted, participant: str) -> ArgumentPresented | None:
    """What a seat answered when it was asked for its vote in the last round."""
    step = vote_step(start.flow)
    seat = next(seat for seat in start.seats if seat.participant == participant)
    return turns.answer(d, d.rounds, step, seat) if step else None
