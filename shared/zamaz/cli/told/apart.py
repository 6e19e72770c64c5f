"""What a screen says where a debate leaves its plain course: rules, gates, moves, shortfalls, times that are over, and
people who have to rule."""

from __future__ import annotations

from rich.text import Text

from zamaz.cli.scene import Scene
from zamaz.cli.told.ink import WARNING, Lines, Told
from zamaz.events.client import HumanRulingGiven
from zamaz.events.course import GateClosed, HumanRulingRequested, MoveTaken, RuleApplied, ShortfallNoted
from zamaz.events.flow import SUMMARY
from zamaz.events.orchestration import NextMoveAdvised
from zamaz.events.workflow import DebateTimeoutOccurred, StepTimedOut

WAITS = "waits for a human"
WITHOUT = "who speaks next reads the newest rounds alone"


def _rule(fact: RuleApplied, _: Scene) -> Lines:
    what = fact.action.replace("_", " ")
    yield Text(f"Rule: {fact.condition}: {what}{f', in vain: {fact.void}' if fact.void else ''}.", WARNING)


def _gate(fact: GateClosed, _: Scene) -> Lines:
    if not fact.judged:
        yield Text(f"Gate {fact.gate}: nobody judged it, so it is passed.", "dim")
    elif fact.met:
        yield Text(f"Gate {fact.gate}: passed.", "dim")
    else:
        done = f": {fact.action.replace('_', ' ')}" if fact.action else ", and that is noted"
        yield Text(f"Gate {fact.gate}: not met ({'; '.join(fact.unmet)}){done}.", WARNING)


def _shortfall(fact: ShortfallNoted, _: Scene) -> Lines:
    yield Text(f"{fact.participant}'s answer is kept as it is: {'; '.join(fact.missing)}.", "dim")


def _observed(fact: NextMoveAdvised, _: Scene) -> Lines:
    for one in fact.observed:
        yield Text(f"Observed of {one.participant}: {one.of}{f', {one.why}' if one.why else ''}.", WARNING)


def _move(fact: MoveTaken, _: Scene) -> Lines:
    chance = "" if fact.consensus_chance is None else f", chance of a consensus {fact.consensus_chance:.0%}"
    told = f"Next move: {fact.move}{f' ({fact.why})' if fact.why else ''}{chance}"
    yield Text(f"{told}{f', in vain: {fact.void}' if fact.void else ''}.", "dim" if fact.void else WARNING)
    if fact.inserted:
        yield Text(f"The next round begins with {fact.inserted.type.replace('_', ' ')}.", WARNING)


def _asked(fact: HumanRulingRequested, _: Scene) -> Lines:
    until = f" until {fact.deadline:%Y-%m-%d %H:%M} UTC" if fact.deadline else ""
    yield Text(f"The debate {WAITS}{until}: {fact.why}. (zamaz rule ID --decision …)", WARNING)


def _given(fact: HumanRulingGiven, _: Scene) -> Lines:
    why = f": {fact.why}" if fact.why else ""
    yield Text(f"{fact.by or 'Somebody'} rules: {fact.decision or fact.choice}{why}", WARNING)


def _late(fact: StepTimedOut, _: Scene) -> Lines:
    if fact.step == SUMMARY:
        yield Text(f"The summary did not come in time, so {WITHOUT}.", WARNING)
        return
    gave_up = f"{fact.step} ran out of time; {len(fact.turns)} given up."
    yield Text(gave_up if fact.turns else "Nobody ruled in time.", "dim")


TOLD: Told = {
    RuleApplied: _rule,
    GateClosed: _gate,
    ShortfallNoted: _shortfall,
    NextMoveAdvised: _observed,
    MoveTaken: _move,
    HumanRulingRequested: _asked,
    HumanRulingGiven: _given,
    StepTimedOut: _late,
    DebateTimeoutOccurred: lambda f, _: iter([Text(f"The debate ran out of time after {f.after_s:g} s.", "dim")]),
}
