"""What must hold in the log of one debate, whatever was killed: by the facts alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

from zamaz.events import ENDINGS, Fact, Recorded
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.debater import FREE_FAILURES, ArgumentPresented, CallDiscarded, CallStarted, TurnFailed
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import (
    ConsensusReached,
    DebateCancelled,
    DebateChanged,
    DebateRejected,
    DebateResumed,
    DebateTimeoutOccurred,
    ParticipantLeft,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
)

F = TypeVar("F", bound=Fact)
Story = Sequence[Recorded]


def broken(story: Story) -> Iterator[str]:
    """Every law that one debate breaks, in words."""
    yield from _said_once(story)
    yield from _one_ending(story)
    yield from _turns(story)
    yield from _calls(story)
    yield from _rulings(story)
    yield from _prices(story)


def all_of(story: Story, kind: type[F]) -> list[F]:
    """Every fact of one type, in the log's order."""
    return [heard.fact for heard in story if isinstance(heard.fact, kind)]


def ends_of_turns(story: Story) -> list[ArgumentPresented | TurnFailed]:
    """Every answer of a turn, whichever its type."""
    return [*all_of(story, ArgumentPresented), *all_of(story, TurnFailed)]


def endings(story: Story) -> list[Fact]:
    """The facts after which the debate was over."""
    return [heard.fact for heard in story if isinstance(heard.fact, ENDINGS)]


def answered_at(story: Story) -> dict[str, Recorded]:
    """The one answer of each turn, by turn."""
    return {h.fact.turn: h for h in story if isinstance(h.fact, ArgumentPresented | TurnFailed)}


def _said_once(story: Story) -> Iterator[str]:
    names: Counter[str] = Counter()
    for heard in story:
        if isinstance(heard.fact, Fact):
            key = ".".join(str(getattr(heard.fact, name)) for name in heard.fact.key)
            names[f"{type(heard.fact).__name__} {key}".strip()] += 1
        else:
            yield f"{heard.fact.subject} cannot be read"
    yield from (f"{name} was said {times} times" for name, times in names.items() if times > 1)


def _one_ending(story: Story) -> Iterator[str]:
    if len(found := endings(story)) != 1:
        yield f"{len(found)} endings: {', '.join(type(fact).__name__ for fact in found)}"


def _turns(story: Story) -> Iterator[str]:
    """Each turn has one answer, unless it was given up or the debate was cancelled under it."""
    asked = Counter(fact.turn for fact in all_of(story, TurnRequested))
    yield from (f"turn {turn} was asked {times} times" for turn, times in asked.items() if times > 1)
    answers = Counter(fact.turn for fact in ends_of_turns(story))
    yield from (f"turn {turn} has {times} answers" for turn, times in answers.items() if times > 1)
    yield from (f"turn {turn} was answered and never asked" for turn in answers if turn not in asked)
    if not all_of(story, DebateCancelled):
        silent = set(asked) - set(answers) - _given_up(story)
        yield from (f"turn {turn} has no answer and was not given up" for turn in sorted(silent))


def _given_up(story: Story) -> set[str]:
    late: list[StepTimedOut | DebateTimeoutOccurred] = [*all_of(story, StepTimedOut)]
    late += all_of(story, DebateTimeoutOccurred)
    return {turn for fact in late for turn in fact.turns} | _asked_again(story)


def _asked_again(story: Story) -> set[str]:
    """Turns and rulings that ran out of time in a pause, or under an older deadline, or that rest on somebody who has
    gone, and were asked for once more after it."""
    if not any(all_of(story, kind) for kind in (DebateResumed, DebateChanged, ParticipantLeft)):
        return set()
    newest = {fact.round: fact.ruling for fact in all_of(story, RulingRequested)}
    rulings = {fact.ruling for fact in all_of(story, RulingRequested)} - set(newest.values())
    return rulings | {fact.retries for fact in all_of(story, TurnRequested)}


def _calls(story: Story) -> Iterator[str]:
    """An answer names a call that was started, the newest call of a turn has an end, and a call that was started
    too late was not made."""
    started = {fact.call for fact in all_of(story, CallStarted)}
    ended = {fact.call for fact in ends_of_turns(story)} | {fact.call for fact in all_of(story, CallDiscarded)}
    yield from (f"call {call} was answered and never started" for call in sorted(ended - started - {""}))
    newest = {fact.turn: fact.call for fact in sorted(all_of(story, CallStarted), key=_takeover)}
    yield from (f"call {call} has no end" for call in newest.values() if call not in ended)
    discarded = {fact.call for fact in all_of(story, CallDiscarded)}
    answers = answered_at(story)
    for heard in story:
        if isinstance(heard.fact, CallStarted) and heard.fact.call not in discarded:
            answer = answers.get(heard.fact.turn)
            if answer and answer.seq < heard.seq:
                yield f"call {heard.fact.call} was started after its turn was answered"


def _takeover(started: CallStarted) -> int:
    return int(started.call.rpartition("-")[2])


def _rulings(story: Story) -> Iterator[str]:
    """Each ruling was given once, unless it was given up; consensus is what was ruled."""
    wanted = {fact.ruling for fact in all_of(story, RulingRequested)}
    ruled = {fact.ruling: fact for fact in all_of(story, ConsensusAssessed)}
    yield from (f"ruling {ruling} was given and never asked for" for ruling in set(ruled) - wanted)
    if not all_of(story, DebateCancelled):
        silent = wanted - set(ruled) - _given_up(story)
        yield from (f"ruling {ruling} was never given and not given up" for ruling in sorted(silent))
    for reached in all_of(story, ConsensusReached):
        if reached.ruling not in ruled or ruled[reached.ruling].score != reached.score:
            yield f"consensus in round {reached.round} with score {reached.score}, which nobody ruled"


def _prices(story: Story) -> Iterator[str]:
    """Every call has its price or was free, and a debate that was begun has its bill."""
    priced = Counter(fact.call for fact in all_of(story, CallPriced))
    yield from (f"call {call} was priced {times} times" for call, times in priced.items() if times > 1)
    failed: list[TurnFailed | CallDiscarded] = [*all_of(story, TurnFailed), *all_of(story, CallDiscarded)]
    free = {fact.call for fact in failed if fact.usage is None and fact.kind in FREE_FAILURES}
    for started in all_of(story, CallStarted):
        if started.call not in priced and started.call not in free:
            yield f"call {started.call} has no price"
    if not all_of(story, DebateBilled) and not all_of(story, DebateRejected):
        yield "there is no bill"
