"""One step's turns: who is asked, who is asked again, who is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from zamaz import subjects
from zamaz.events import Fact
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Seat, Step
from zamaz.events.workflow import DebateStarted, ParticipantLeft, StepTimedOut, TurnRequested
from zamaz_workflow import panel, standing, voices
from zamaz_workflow.debate import Debate

LATE = timedelta(seconds=10)
"""How long after a deadline its own voice may still say that it has passed."""


@dataclass(frozen=True)
class Moment:
    """When a decision is made: the clock, and the sequence up to which the fold is complete."""

    now: datetime
    sees: int


@dataclass(frozen=True)
class Asking:
    """One step of one round, put to some seats. `blind` shows nobody the others; `labels` whom they see, where that
    is not the panel without themselves (`all_labels`: with themselves). `choices` and `adopted` as in TurnRequested."""

    round: int
    step: Step
    seats: tuple[Seat, ...]
    blind: bool
    all_labels: bool = False
    labels: dict[str, str] | None = None
    choices: tuple[str, ...] = ()
    adopted: str = ""


@dataclass(frozen=True)
class Outcome:
    """`said` is what is missing now; `open` that the step still waits for something."""

    said: tuple[Fact, ...] = ()
    open: bool = False


def execution_deadline(d: Debate) -> datetime | None:
    """When the whole debate must be over, if its definition says so. Paused time does not count."""
    if d.started is None or d.started_at is None:
        return None
    most = standing.flow_of(d, d.rounds).max_execution_s
    return None if most is None else d.started_at + timedelta(seconds=most + d.paused_s)


def step_end(d: Debate, step: Step, deadline: datetime) -> datetime:
    """When a step is over whose calls have this deadline: a pause gives it its whole time again, from the resume on,
    and so does more time for the whole debate."""
    since = max(filter(None, (d.resumed_at, d.longer_at)), default=None)
    if since is None:
        return deadline
    afresh = since + timedelta(seconds=step.timeout_s)
    return max(deadline, min(filter(None, (afresh, execution_deadline(d)))))


def lapsed(d: Debate, step: Step, deadline: datetime, now: datetime) -> bool:
    """Whether a call ran out of time because of a pause, and nobody is left to say so: it is asked for once more."""
    return min(deadline + LATE, step_end(d, step, deadline)) <= now < step_end(d, step, deadline)


def moments(d: Debate, step: Step, deadline: datetime) -> tuple[datetime, ...]:
    """When the clock alone may change what a step needs that waits for calls with this deadline."""
    return deadline + LATE, step_end(d, step, deadline)


def leavers(d: Debate, start: DebateStarted) -> list[Fact]:
    """Seats for which nobody can speak any more."""
    gone: list[Fact] = []
    for n, seat in standing.seats(d).items():
        if seat in panel.seated(d, start) and not voices.usable(d, start, seat):
            whys = {f.fact.why for f in d.failures.values() if f.fact.kind in voices.PERMANENT}
            gone.append(ParticipantLeft(seat=n, participant=seat.participant, why="; ".join(sorted(whys))[:500]))
    return gone


def ask(d: Debate, start: DebateStarted, asking: Asking, moment: Moment) -> Outcome:
    """What the step still needs."""
    step = asking.step
    if (asking.round, step.id) in d.timed_out:
        return Outcome()
    said: list[Fact] = []
    waiting: list[TurnRequested] = []
    for seat in asking.seats:
        if standing.misses(d, asking.round, step.id, seat.participant):
            continue
        attempts = d.slots.get((asking.round, step.id, seat.participant), ())
        if not attempts:
            said.append(_first(d, start, asking, seat, moment))
        elif _settled(d, attempts[-1]):
            continue
        elif attempts[-1].turn in d.failures or attempts[-1].turn in d.answers:
            again = _again(d, start, asking, seat, moment)
            said += again.said
            waiting += [attempts[-1]] * again.open
        elif lapsed(d, step, attempts[-1].deadline, moment.now):
            said.append(_repeated(d, asking, seat, attempts[-1], attempts[-1]))
        else:
            waiting.append(attempts[-1])
    if not said and waiting and moment.now >= max(step_end(d, step, turn.deadline) for turn in waiting):
        late = StepTimedOut(round=asking.round, step=step.id, turns=tuple(turn.turn for turn in waiting))
        return Outcome((late,))
    return Outcome(tuple(said), open=bool(waiting))


def answer(d: Debate, round_: int, step: Step, seat: Seat) -> ArgumentPresented | None:
    """The counted answer of a seat in a step, with or without a position."""
    attempts = d.slots.get((round_, step.id, seat.participant), ())
    if not attempts or attempts[-1].turn in d.given_up:
        return None
    return d.answers.get(attempts[-1].turn)


def _settled(d: Debate, last: TurnRequested) -> bool:
    found = d.answers.get(last.turn)
    return last.turn in d.given_up or (found is not None and found.position is not None)


def _first(d: Debate, start: DebateStarted, asking: Asking, seat: Seat, moment: Moment) -> TurnRequested:
    voice = (voices.usable(d, start, seat) or [seat])[0]
    return TurnRequested(
        turn=_turn_id(d, asking, seat, 0),
        round=asking.round,
        step=asking.step.id,
        participant=seat.participant,
        provider=voice.provider,
        model=voice.model,
        role=seat.role,
        parameters=voice.parameters,
        sees=0 if asking.blind else moment.sees,
        labels={} if asking.blind else _others(d, start, asking, seat),
        max_output_tokens=voice.max_output_tokens,
        deadline=min(filter(None, (moment.now + timedelta(seconds=asking.step.timeout_s), execution_deadline(d)))),
        choices=asking.choices,
        adopted=asking.adopted,
        follows=standing.predecessor(d, seat.participant),
    )


def _others(d: Debate, start: DebateStarted, asking: Asking, seat: Seat) -> dict[str, str]:
    """Whom a seat sees, by their neutral labels."""
    if asking.labels is not None:
        return asking.labels
    labels = standing.labels(d)
    return {
        labels[other.participant]: other.participant
        for other in panel.panel(start)
        if asking.all_labels or other.participant != seat.participant
    }


def _again(d: Debate, start: DebateStarted, asking: Asking, seat: Seat, moment: Moment) -> Outcome:
    """Another attempt after a failure, or after an answer without a position; the step's deadline stays."""
    attempts = d.slots[(asking.round, asking.step.id, seat.participant)]
    last = attempts[-1]
    voice = voices.following(d, start, seat, asking.step, attempts)
    if voice is None:
        return Outcome()
    wait = voices.not_before(d, start, last, voice)
    if max(wait or moment.now, moment.now) >= step_end(d, asking.step, last.deadline):
        return Outcome()
    if wait and wait > moment.now:
        return Outcome(open=True)
    return Outcome((_repeated(d, asking, seat, last, voice),))


def _repeated(d: Debate, asking: Asking, seat: Seat, last: TurnRequested, voice: Seat | TurnRequested) -> TurnRequested:
    """The same turn once more, by the model of `voice`."""
    return TurnRequested(
        turn=_turn_id(d, asking, seat, last.attempt + 1),
        round=last.round,
        step=last.step,
        participant=last.participant,
        provider=voice.provider,
        model=voice.model,
        role=last.role,
        parameters=voice.parameters,
        retries=last.turn,
        attempt=last.attempt + 1,
        sees=last.sees,
        labels=last.labels,
        max_output_tokens=voice.max_output_tokens,
        deadline=step_end(d, asking.step, last.deadline),
        choices=last.choices,
        adopted=last.adopted,
        follows=last.follows,
    )


def _turn_id(d: Debate, asking: Asking, seat: Seat, attempt: int) -> str:
    return subjects.made_id(d.id, f"turn/{asking.round}/{asking.step.id}/{seat.participant}/{attempt}")
