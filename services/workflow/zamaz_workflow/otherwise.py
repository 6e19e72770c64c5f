"""A debate run once more under another rule, with the log in the place of the models.

The decider is the real one. What it asks for is answered by the answer, or the ruling, that stands under the same
name: turns are named by round, step, seat and attempt, so the same question finds its answer. Where it asks what
nobody was ever asked, the debate stays open; the deciding turn alone is done without, as if it had failed, and the
decision takes the words of the position that is adopted. Pure: the clock is the log's, of each answer and command as
they are heard, and where nobody says anything any more the wake timer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from zamaz.events import Fact, Recorded
from zamaz.events.client import (
    DebateForked,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    HumanRulingGiven,
)
from zamaz.events.cost import CallPriced
from zamaz.events.course import GateClosed, HumanRulingRequested, MoveTaken
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.orchestration import (
    ComplexityAssessed,
    ConsensusAssessed,
    NextMoveAdvised,
    NoveltyJudged,
    QualityJudged,
)
from zamaz.events.workflow import (
    DebateChanged,
    DebateStarted,
    DebateTimeoutOccurred,
    DecisionMade,
    ParticipantJoined,
    ParticipantLeft,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
)
from zamaz.otherwise import Change, Outcome, Rule, ended, recorded, silent
from zamaz_workflow import panel, standing
from zamaz_workflow.again import NOTHING
from zamaz_workflow.decide import DECIDER
from zamaz_workflow.forking import changed, lacking
from zamaz_workflow.seating import World

MOST_STEPS = 5000
"""No debate takes as many; a decider that turned in circles would."""

INSTANT = timedelta(microseconds=1)

Ruling = ConsensusAssessed | QualityJudged | ComplexityAssessed | NoveltyJudged | NextMoveAdvised
Answer = ArgumentPresented | TurnFailed | Ruling | HumanRulingGiven
Question = TurnRequested | RulingRequested | HumanRulingRequested
PERSON = "a person"
"""The one question that has no key."""


def redecide(facts: Sequence[Recorded], change: Change, rule: Rule = silent) -> Outcome:
    """How the debate ends under the change. A debate that was rejected or cancelled, or goes on, stays as it is. `rule`
    advises on the next move where nobody was asked for it."""
    was = recorded(facts)
    debate = facts[-1].debate if facts else ""
    start = next((h for h in facts if isinstance(h.fact, DebateStarted) and h.debate == debate), None)
    opening = _opening(facts, debate)
    if was.state not in ("completed", "failed") or not opening or start is None:
        return was
    if not isinstance(start.fact, DebateStarted):
        return was
    # Its answers are paid for: nobody is asked for money again.
    course = replace(start.fact, flow=changed(start.fact.flow, change.threshold, change.protocol), spending=None)
    if why := lacking(course):
        return Outcome("open", why=why)
    begun = [*opening, replace(start, fact=course)]
    after = [heard for heard in facts if heard.seq > start.seq and heard.debate == debate]
    return _Rerun(facts, begun, course, [new for heard in after if (new := _meanwhile(heard, change))], rule).outcome()


def _opening(facts: Sequence[Recorded], debate: str) -> list[Recorded]:
    """What stands before the start: the request; of a fork all that it inherits, and the fork itself."""
    if any(isinstance(heard.fact, DebateForked) for heard in facts):
        return [h for h in facts if h.debate != debate or isinstance(h.fact, DebateForked)]
    return [heard for heard in facts if isinstance(heard.fact, DebateRequested)][:1]


def _meanwhile(heard: Recorded, change: Change) -> Recorded | None:
    """What was changed while the debate ran stays changed: who came and who went, when it was paused, and the terms,
    but for those that are to be otherwise now."""
    match heard.fact:
        case DebatePauseRequested() | DebateResumeRequested():
            return heard
        case ParticipantJoined() if heard.fact.invite:  # who came by a rule comes by it again
            return heard
        case ParticipantLeft() if heard.fact.dismissal:
            return heard
        case DebateChanged() as terms:
            threshold = terms.consensus_threshold if change.threshold is None else None
            tail = changed(terms.tail, None, change.protocol) if terms.tail else None
            return replace(heard, fact=replace(terms, consensus_threshold=threshold, tail=tail))
    return None


class _Rerun:
    """One debate in its second making. `log` are its facts as they stand, `opening` the new course's first ones, and
    `meanwhile` what was changed on the way."""

    def __init__(
        self,
        log: Sequence[Recorded],
        opening: list[Recorded],
        start: DebateStarted,
        meanwhile: list[Recorded],
        rule: Rule,
    ) -> None:
        self._debate, self._start, self._sees = log[-1].debate, start, log[-1].seq
        self._now: datetime = opening[-1].at
        self._state = DECIDER.fold(opening, DECIDER.initial(self._debate))
        self._asked = {_key(heard.fact) for heard in log if isinstance(heard.fact, Question)}
        self._answers = _in_time(log)
        self._cut_short = any(isinstance(heard.fact, DebateTimeoutOccurred) for heard in log)
        self._prices = _prices(log)
        self._waiting: list[str] = []
        self._meanwhile, self._rule, self._course = meanwhile, rule, opening

    def outcome(self) -> Outcome:
        """Go on until it ends, or asks for what nobody was asked."""
        for _ in range(MOST_STEPS):
            said = DECIDER.decide(self._state, self._sees, self._world())
            self._hear(said)
            if self._state.paused and not self._is_resumed():  # as an advice has it, and nobody had to lift it then
                self._hear([DebateResumeRequested(resume=f"again-{self._state.pauses}")])
            if self._state.ending:
                return ended(self._state.ending)
            questions = [fact for fact in said if isinstance(fact, Question)]
            self._waiting += map(_key, questions)
            self._hear(self._undecided(fact) for fact in questions if self._decides_unasked(fact))
            self._hear(filter(None, map(self._advice, questions)))
            if unasked := [fact for fact in questions if self._is_missing(fact)]:
                return self._open(unasked)
            if not said and not self._answered():
                at = DECIDER.wake(self._state, self._world())
                if at is None:
                    break
                self._now = at
        return Outcome("open", rounds=self._state.rounds, why="it comes to no end")

    def _is_resumed(self) -> bool:
        return any(isinstance(heard.fact, DebateResumeRequested) for heard in self._meanwhile)

    def _world(self) -> World:
        return World(self._now, NOTHING, {}, self._now)

    def _hear(self, facts: Iterable[Fact]) -> None:
        stamp = self._now.isoformat()
        for fact in facts:
            self._sees += 1
            self._course.append(Recorded(self._sees, self._debate, fact.voice, fact, stamp))
            self._state = DECIDER.evolve(self._state, self._course[-1])

    def _answered(self) -> bool:
        """Whether somebody had answered what is open, or changed the debate: the first one in the log is heard."""
        known = [key for key in self._waiting if key in self._answers]
        first = min(known, key=lambda key: self._answers[key].seq, default="")
        if self._meanwhile and (not first or self._meanwhile[0].seq < self._answers[first].seq):
            if not first and self._runs_out_before(self._meanwhile[0].at):
                return False
            changed = self._meanwhile.pop(0)
            self._now = max(self._now, changed.at)
            self._hear([fact for fact in (changed.fact,) if isinstance(fact, Fact)])
            return True
        if not first:
            return False
        self._waiting.remove(first)
        self._now = max(self._now, self._time_of(self._answers[first], last=len(known) == 1))
        answer = self._answers[first].fact
        self._hear(self._prices.get(getattr(answer, "call", ""), []))
        self._hear([answer] if isinstance(answer, Fact) else [])
        return True

    def _runs_out_before(self, at: datetime) -> bool:
        """Whether the clock may have something to say by then, where no answer is to come any more. Under a pause it
        has nothing to say."""
        wake = None if self._state.paused else DECIDER.wake(self._state, self._world())
        return wake is not None and wake <= at

    def _time_of(self, answer: Recorded, *, last: bool) -> datetime:
        """When an answer is heard: as long as others are to come that were in time, no time may run out before them."""
        wake = None if last else DECIDER.wake(self._state, self._world())
        return min(answer.at, wake - INSTANT) if wake else answer.at

    def _decides_unasked(self, fact: Question) -> bool:
        """Whether it is the deciding turn, which nobody was asked for, and no judge's: that one decides by itself."""
        if not isinstance(fact, TurnRequested) or _key(fact) in self._asked:
            return False
        judge = panel.judge(self._start)
        last = standing.flow_of(self._state, fact.round).steps[-1]
        return fact.step == last.id and (judge is None or fact.participant != judge.participant)

    def _advice(self, fact: Question) -> Fact | None:
        """What costs nothing advises, where nobody was asked how to go on."""
        wants = isinstance(fact, RulingRequested) and fact.kind == "next_move" and _key(fact) not in self._asked
        return self._rule(self._course, fact) if wants and isinstance(fact, RulingRequested) else None

    def _undecided(self, fact: Question) -> TurnFailed:
        return TurnFailed(turn=_key(fact), kind="bad_request", why="it was never asked", retryable=False)

    def _is_missing(self, fact: Question) -> bool:
        """Whether nobody was asked. A debate that ran out of time is taken to run out of time again."""
        known = _key(fact) in self._asked or _key(fact) in self._state.advised
        return not known and not self._decides_unasked(fact) and not self._cut_short

    def _open(self, unasked: list[Question]) -> Outcome:
        if any(isinstance(fact, HumanRulingRequested) for fact in unasked):
            return Outcome("open", rounds=self._state.rounds, why="a person would have to rule, and nobody was asked")
        rounds = {fact.round for fact in unasked}
        what = f"round {max(rounds)} would follow: {len(unasked)} questions that nobody was asked"
        return Outcome("open", rounds=self._state.rounds, why=what)


def _key(fact: Question | Answer) -> str:
    if isinstance(fact, HumanRulingRequested | HumanRulingGiven):
        return PERSON
    return fact.ruling if isinstance(fact, RulingRequested | Ruling) else fact.turn


def _in_time(log: Sequence[Recorded]) -> dict[str, Recorded]:
    """The answers and rulings by their question, less those that came when it was given up, and what people said and
    was not taken."""
    found: dict[str, Recorded] = {}
    given_up: set[str] = set()
    taken = {heard.fact.ruling for heard in log if isinstance(heard.fact, DecisionMade)}
    for heard in log:
        if isinstance(heard.fact, StepTimedOut | DebateTimeoutOccurred):
            given_up.update(heard.fact.turns)
        elif isinstance(heard.fact, MoveTaken | GateClosed):
            given_up.add(heard.fact.ruling)
        elif isinstance(heard.fact, HumanRulingGiven) and heard.fact.ruling not in taken:
            continue
        elif isinstance(heard.fact, Answer) and _key(heard.fact) not in given_up:
            found.setdefault(_key(heard.fact), heard)
    return found


def _prices(log: Sequence[Recorded]) -> dict[str, list[Fact]]:
    """What each call cost, to be known when its answer is."""
    return {heard.fact.call: [heard.fact] for heard in log if isinstance(heard.fact, CallPriced)}
