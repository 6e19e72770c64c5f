"""What a screen says when somebody changes the course of a debate: who comes and goes, other terms, pauses."""

from __future__ import annotations

from rich.text import Text

from zamaz.cli import area
from zamaz.cli.scene import Scene
from zamaz.cli.told.ink import WARNING, Lines, Told, note
from zamaz.events.workflow import (
    DebateChanged,
    DebatePaused,
    DebateResumed,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
)
from zamaz.inflight import terms_of


def _joined(fact: ParticipantJoined, _: Scene) -> Lines:
    place = f" in the place of {fact.replaces}" if fact.replaces else ""
    model = f" ({fact.who.provider}/{fact.who.model})"
    yield Text(f"{fact.who.participant}{model} joins{place}{area.by_whom(fact.by, fact.why)}.", WARNING)


def _left(fact: ParticipantLeft, _: Scene) -> Lines:
    yield note(f"{fact.participant} leaves{f' (asked by {fact.by})' if fact.by else ''}: {fact.why}")


def _changed(fact: DebateChanged, _: Scene) -> Lines:
    terms = ", ".join(f"{name} {value}" for name, value in terms_of(fact))
    yield Text(f"Changed{area.by_whom(fact.by, fact.why)}: {terms}.", WARNING)


def _refused(fact: RequestRefused, _: Scene) -> Lines:
    yield note(f"{fact.asked} is refused: {fact.why}", WARNING)


def _paused(fact: DebatePaused, _: Scene) -> Lines:
    awaited = f" (answers still awaited: {len(fact.turns)})" if fact.turns else ""
    yield Text(f"Paused{area.by_whom(fact.by, fact.why)}{awaited}.", WARNING)


def _resumed(fact: DebateResumed, _: Scene) -> Lines:
    yield Text(f"Resumed after {fact.paused_s:.0f} s{area.by_whom(fact.by, fact.why)}.", WARNING)


TOLD: Told = {
    ParticipantJoined: _joined,
    ParticipantLeft: _left,
    DebateChanged: _changed,
    RequestRefused: _refused,
    DebatePaused: _paused,
    DebateResumed: _resumed,
}
