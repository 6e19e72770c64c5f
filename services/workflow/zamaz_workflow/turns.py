"""One step's turns: who is asked, who is asked again, who is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from zamaz import subjects
from zamaz.events import Fact
from zamaz.events.course import ShortfallNoted
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Seat, Step
from zamaz.events.workflow import DebateStarted, ParticipantLeft, StepTimedOut, TurnRequested
from zamaz_workflow import conditions, panel, pausing, sight, standing, voices
from zamaz_workflow.debate import Debate

LATE = timedelta(seconds=10)
"""How long after a deadline its own voice may still say that it has passed."""


class Moment(msgspec.Struct, frozen=True, gc=False):
    """When a decision is made: the clock, and the sequence up to which the fold is complete."""

    now: datetime
    sees: int


class Asking(msgspec.Struct, frozen=True, gc=False):
    """One step of one round, put to some seats. `blind` shows nobody the others; `labels` are whom they see, where that
    is not the panel without themselves (`all_labels`: with them); `passed` is as in Passing. The others are as in
    TurnRequested."""

    round: int
    step: Step
    seats: tuple[Seat, ...]
    blind: bool
    all_labels: bool = False
    labels: dict[str, str] | None = None
    choices: tuple[str, ...] = ()
    adopted: str = ""
    again: int = 0
    revise: str = ""
    inserted: bool = False
    sums_up: int = 0
    focus: str = ""
    passed: bool = False

    @property
    def name(self) -> str:
        """What StepTimedOut calls it."""
        return f"{self.step.id[:48]}-again-{self.again}" if self.again else self.step.id


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """`said` is what is missing now; `open` that the step still waits for something."""

    said: tuple[Fact, ...] = ()
    open: bool = False


def execution_deadline(d: Debate) -> datetime | None:
    """When the whole debate must be over, if its definition says so. Pauses and waits for a person do not count."""
    if d.started is None or d.started_at is None:
        return None
    most = standing.flow_of(d, d.rounds).max_execution_s
    return None if most is None else d.started_at + timedelta(seconds=most + pausing.stood_still_s(d))


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
    if not d.failures:
        return []
    gone: list[Fact] = []
    for n, seat in standing.seats(d).items():
        if seat in panel.seated(d, start) and not voices.usable(d, start, seat):
            whys = {f.fact.why for f in d.failures.values() if f.fact.kind in voices.PERMANENT}
            gone.append(ParticipantLeft(seat=n, participant=seat.participant, why="; ".join(sorted(whys))[:500]))
    return gone


def ask(d: Debate, start: DebateStarted, asking: Asking, moment: Moment) -> Outcome:
    """What the step still needs."""
    step = asking.step
    if (asking.round, asking.name) in d.timed_out:
        return Outcome()
    said: list[Fact] = []
    waiting: list[TurnRequested] = []
    for seat in asking.seats:
        if standing.misses(d, asking.round, step.id, seat.participant):
            continue
        needs = _needs(d, start, asking, seat, moment)
        said += needs.said
        waiting += _attempts(d, asking, seat)[-1:] if needs.open else ()
        if step.order == "sequential" and (said or waiting):
            break
    # Where seats speak in turns, the step may be over before it is a seat's turn: such a one is not asked any more.
    late = [fact.turn for fact in said if isinstance(fact, TurnRequested) and fact.deadline <= moment.now]
    if not said and waiting and moment.now >= max(step_end(d, step, turn.deadline) for turn in waiting):
        late = [turn.turn for turn in waiting]
    if late:
        return Outcome((StepTimedOut(round=asking.round, step=asking.name, turns=tuple(late)),))
    return Outcome(tuple(said), open=bool(waiting))


def _needs(d: Debate, start: DebateStarted, asking: Asking, seat: Seat, moment: Moment) -> Outcome:
    """What one seat still needs in the step; `open` while its newest attempt is waited for."""
    attempts = _attempts(d, asking, seat)
    if not attempts:
        return Outcome((_first(d, start, asking, seat, moment),))
    last = attempts[-1]
    if last.turn in d.given_up:
        return Outcome()
    if last.turn in d.failures or last.turn in d.answers:
        return _again(d, start, asking, seat, moment)
    if lapsed(d, asking.step, last.deadline, moment.now):
        return Outcome((_repeated(d, asking, seat, last, last),))
    return Outcome(open=True)


def _attempts(d: Debate, asking: Asking, seat: Seat) -> tuple[TurnRequested, ...]:
    """A seat's attempts since the step was asked, or asked once more."""
    known = d.slots.get((asking.round, asking.step.id, seat.participant), ())
    return tuple([turn for turn in known if turn.again == asking.again])


def has_begun(d: Debate, asking: Asking) -> bool:
    """Whether anybody was asked since it was to be asked once more."""
    return any(_attempts(d, asking, seat) for seat in asking.seats)


def answer(d: Debate, round_: int, step: Step, seat: Seat) -> ArgumentPresented | None:
    """The counted answer of a seat in a step, with or without a position. One that was to be revised stands until the
    revision is there."""
    for turn in reversed(d.slots.get((round_, step.id, seat.participant), ())):
        found = None if turn.turn in d.given_up else d.answers.get(turn.turn)
        if found and (found.position is not None or not turn.revise):
            return found
        if not turn.revise:
            return None
    return None


def shortfalls(d: Debate, asking: Asking) -> list[Fact]:
    """What the answers of a step that is over lack, where nobody noted it yet."""
    found = [(seat, answer(d, asking.round, asking.step, seat)) for seat in asking.seats]
    return [
        ShortfallNoted(
            turn=said.turn, round=asking.round, step=asking.step.id, participant=seat.participant, missing=lacks
        )
        for seat, said in found
        if said and said.turn not in d.shortfalls and (lacks := _lacks(asking, said))
    ]


def _lacks(asking: Asking, said: ArgumentPresented) -> tuple[str, ...]:
    """What a computed condition of the step misses in an answer; of one without a position, that alone is told."""
    return () if said.position is None else conditions.missing(asking.step.conditions, said)


def step_of(d: Debate, turn: TurnRequested) -> Step | None:
    """The step that a turn belongs to, as the definition was in its round."""
    return turn.inserted or standing.step_of(d, turn.round, turn.step)


def _first(d: Debate, start: DebateStarted, asking: Asking, seat: Seat, moment: Moment) -> TurnRequested:
    voice = (voices.usable(d, start, seat) or [seat])[0]
    before = d.slots.get((asking.round, asking.step.id, seat.participant), ())
    labels = _seen(d, start, asking, seat)
    return TurnRequested(
        turn=_turn_id(d, asking, seat, len(before)),
        round=asking.round,
        step=asking.step.id,
        participant=seat.participant,
        provider=voice.provider,
        model=voice.model,
        role=panel.role_in(asking.step, seat),
        parameters=voice.parameters,
        retries=before[-1].turn if before else "",
        attempt=len(before),
        sees=moment.sees if labels or not asking.blind else 0,
        labels=labels,
        max_output_tokens=voice.max_output_tokens,
        context_tokens=voice.context_tokens,
        deadline=_deadline(d, asking, moment),
        choices=asking.choices,
        adopted=asking.adopted,
        follows=standing.predecessor(d, seat.participant),
        revise=asking.revise,
        again=asking.again,
        inserted=asking.step if asking.inserted else None,
        stance=seat.stance,
        visibility=seat.visibility,
        summary=_summary(d, start, asking, seat) if labels else "",
        sums_up=asking.sums_up,
        focus=asking.focus,
    )


def _deadline(d: Debate, asking: Asking, moment: Moment) -> datetime:
    """The step's, from its first turn on: who speaks after others has what they have left of it."""
    begun: list[datetime] = []
    if asking.step.order == "sequential":
        attempts = (turn for seat in asking.seats for turn in _attempts(d, asking, seat))
        begun = [step_end(d, asking.step, turn.deadline) for turn in attempts]
    whole = moment.now + timedelta(seconds=asking.step.timeout_s)
    return min(filter(None, (min(begun, default=whole), execution_deadline(d))))


def _seen(d: Debate, start: DebateStarted, asking: Asking, seat: Seat) -> dict[str, str]:
    """Whom a seat sees. In a blind step that is taken in turns, whoever spoke before it."""
    if not asking.blind:
        return _others(d, start, asking, seat)
    if asking.step.order == "parallel":
        return {}
    names = [other.participant for other in asking.seats]
    before = names[: names.index(seat.participant)]
    return {label: who for label, who in _others(d, start, asking, seat).items() if who in before}


def _others(d: Debate, start: DebateStarted, asking: Asking, seat: Seat) -> dict[str, str]:
    """Whom a seat sees, by their neutral labels."""
    if asking.labels is not None:
        return asking.labels
    labels, heard = standing.labels(d), panel.heard(start)
    seen = heard if asking.all_labels else sight.seen_by(seat, heard)
    return {labels[other.participant]: other.participant for other in seen}


def _summary(d: Debate, start: DebateStarted, asking: Asking, seat: Seat) -> str:
    """What a seat reads of older rounds. They are summed up as everybody said them: it is for who sees everybody."""
    everybody = asking.all_labels or asking.labels is not None or sight.sees_all(seat, panel.heard(start))
    return standing.summary(d) if everybody and start.flow.context.by else ""


def _again(d: Debate, start: DebateStarted, asking: Asking, seat: Seat, moment: Moment) -> Outcome:
    """Another attempt after a failure, after an answer without a position, or after one that lacks what the step asks
    for; the step's deadline stays."""
    attempts = _attempts(d, asking, seat)
    last = attempts[-1]
    said = d.answers.get(last.turn)
    lacks = _lacks(asking, said) if said else ()
    if said and conditions.is_given(last, said) and not lacks:
        return Outcome()
    voice = voices.following(d, start, seat, asking.step, attempts)
    # An answer that only lacks something is good enough to need no other model.
    stands = any((found := d.answers.get(turn.turn)) and found.position is not None for turn in attempts)
    if voice is None or (stands and (voice.provider, voice.model) != (last.provider, last.model)):
        return Outcome()
    wait = voices.not_before(d, start, last, voice)
    if max(wait or moment.now, moment.now) >= step_end(d, asking.step, last.deadline):
        return Outcome()
    if wait and wait > moment.now:
        return Outcome(open=True)
    return Outcome((_repeated(d, asking, seat, last, voice, revise="; ".join(lacks)),))


def _repeated(
    d: Debate, asking: Asking, seat: Seat, last: TurnRequested, voice: Seat | TurnRequested, revise: str = ""
) -> TurnRequested:
    """The same turn once more, by the model of `voice`."""
    return replace(
        last,
        turn=_turn_id(d, asking, seat, last.attempt + 1),
        provider=voice.provider,
        model=voice.model,
        parameters=voice.parameters,
        retries=last.turn,
        attempt=last.attempt + 1,
        max_output_tokens=voice.max_output_tokens,
        context_tokens=voice.context_tokens,
        deadline=step_end(d, asking.step, last.deadline),
        revise=revise or last.revise,
    )


def _turn_id(d: Debate, asking: Asking, seat: Seat, attempt: int) -> str:
    return subjects.made_id(d.id, f"turn/{asking.round}/{asking.step.id}/{seat.participant}/{attempt}")
