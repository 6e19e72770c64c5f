"""Two debates side by side, as lines of what differs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import reduce
from typing import NamedTuple

from zamaz.cli.scene import Scene, by_round, evolve, stand
from zamaz.events import Recorded
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.rungs import Judged, calls_of
from zamaz.events.voting import Tally
from zamaz.events.workflow import DebateCompleted, DebateFailed

Facts = Sequence[Recorded]
ALWAYS = ("until", "first of its own", "ended", "decision", "cost")
"""What is told even where it is the same."""


class Line(NamedTuple):
    """One thing, as it is in the one debate and in the other."""

    what: str
    one: str
    other: str


def beside(one: Facts, other: Facts) -> list[Line]:
    """From which fact on two debates differ, and in what: settings, positions, scores, votes, decision, cost."""
    shared = _shared(one, other)
    first, second = (reduce(evolve, facts, Scene()) for facts in (one, other))
    lines = [*_places(shared, one, other), *_settings(first, second), *_arguing(first, second)]
    lines += [*_endings(first, second), *_costs(shared, first, second)]
    return [line for line in lines if line.what in ALWAYS or line.one != line.other]


def _shared(one: Facts, other: Facts) -> list[Recorded]:
    """The facts that both have: a fork's beginning is its parent's."""
    places = {(heard.debate, heard.seq) for heard in other}
    return [heard for heard in one if (heard.debate, heard.seq) in places]


def _places(shared: Facts, one: Facts, other: Facts) -> Iterator[Line]:
    upto = shared[-1].seq if shared else 0
    told = f"{len(shared)} facts, up to {upto}, are the same" if shared else "no fact is the same"
    yield Line("until", told, told)
    yield Line("first of its own", *(_first(shared, upto, facts) for facts in (one, other)))


def _first(shared: Facts, upto: int, facts: Facts) -> str:
    own = next((heard for heard in facts if heard.seq > upto and heard not in shared), None)
    return f"{own.seq} {type(own.fact).__name__}" if own else "none"


def _settings(one: Scene, other: Scene) -> Iterator[Line]:
    question = [scene.request.question if scene.request else "" for scene in (one, other)]
    yield Line("question", *question)
    if one.started is None or other.started is None:
        return
    flows = one.started.flow, other.started.flow
    yield Line("workflow", one.started.workflow, other.started.workflow)
    yield Line("rounds", *(f"{flow.min_rounds} to {flow.max_rounds}" for flow in flows))
    yield Line("threshold", *(f"{flow.consensus_threshold:g}" for flow in flows))
    yield Line("protocol", *(flow.protocol.name for flow in flows))
    seats = [{seat.participant: seat for seat in scene.started.seats} for scene in (one, other) if scene.started]
    for name in dict.fromkeys((*seats[0], *seats[1])):
        voices = [f"{s[name].provider}/{s[name].model}" if name in s else "no seat" for s in seats]
        yield Line(f"model of {name}", *voices)


def _arguing(one: Scene, other: Scene) -> Iterator[Line]:
    for round_ in range(1, max(one.round, other.round) + 1):
        for name in dict.fromkeys((*one.held, *other.held)):
            yield Line(f"round {round_}, {name}", *(_position(scene, name, round_) for scene in (one, other)))
        yield Line(f"round {round_}, score", *(_score(scene, round_) for scene in (one, other)))


def _position(scene: Scene, name: str, round_: int) -> str:
    said: ArgumentPresented | None = by_round(scene.held.get(name, ())).get(round_)
    return f"{said.position or 'no position'} ({stand(said)})" if said else ""


def _score(scene: Scene, round_: int) -> str:
    return ", ".join(f"{score.score:.2f}" for score in scene.scores if score.round == round_)


def _endings(one: Scene, other: Scene) -> Iterator[Line]:
    yield Line("votes", *(_votes(scene) for scene in (one, other)))
    yield Line("ended", *(_ending(scene) for scene in (one, other)))
    yield Line("decision", *(_decision(scene) for scene in (one, other)))
    yield Line("dissent", *(_dissent(scene) for scene in (one, other)))


def _votes(scene: Scene) -> str:
    tally: Tally | None = scene.ending.tally if isinstance(scene.ending, DebateCompleted | DebateFailed) else None
    return ", ".join(f"{count.option} {count.votes:g}" for count in tally.counts) if tally else ""


def _ending(scene: Scene) -> str:
    match scene.ending:
        case None:
            return "it goes on"
        case DebateCompleted() as done:
            return f"completed by {done.stop_reason} after {done.rounds} rounds{', partial' if done.partial else ''}"
        case fact:
            return type(fact).__name__.removeprefix("Debate").lower()


def _decision(scene: Scene) -> str:
    done = scene.ending if isinstance(scene.ending, DebateCompleted) else None
    return f"{done.decision}{f' [{done.choice}]' if done.choice else ''}" if done else ""


def _dissent(scene: Scene) -> str:
    return (
        ", ".join(one.participant for one in scene.ending.dissent) if isinstance(scene.ending, DebateCompleted) else ""
    )


def _costs(shared: Facts, one: Scene, other: Scene) -> Iterator[Line]:
    """What each paid; and what was paid for the beginning that both have, by the one that paid for it."""
    yield Line("cost", *(f"${scene.cost}{'' if scene.bill else ' so far'}" for scene in (one, other)))
    calls = {heard.fact.call for heard in shared if isinstance(heard.fact, ArgumentPresented | TurnFailed)}
    judged = (heard.fact for heard in shared if isinstance(heard.fact, Judged))
    calls |= {one.call for fact in judged for one in calls_of(fact)}
    paid = [sum((p.amount_usd for c, p in scene.priced.items() if c in calls), Decimal(0)) for scene in (one, other)]
    if shared:
        yield Line("of it for what is the same", *(f"${amount}" for amount in paid))
