"""A question of each kind of ruling: one that the free rules answer, and ones that need a model, each other than the
one before."""

from __future__ import annotations

from typing import Any

from zamaz.definition import Catalog
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, Stance
from zamaz.events.flow import Earlier, Flow, RungSetting
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateStarted, RulingKind, RulingRequested, TurnRequested
from zamaz.testing import START, record
from zamaz_orchestrator.choosing import cards_of
from zamaz_orchestrator.debate import FOLDING, Debate
from zamaz_orchestrator.kinds import Cutoffs, Kinds, kinds

SEATS = ("ann", "bob", "cid")
POSITIONS = (
    "Split the {n} services by team, the payments one first, behind a flag that can be turned off again.",
    "Keep the monolith, draw {n} module borders inside it, and look at the numbers again after the next quarter.",
    "Extract the {n} busiest endpoints and leave the rest where it is until somebody can say what that has brought.",
)
CRITERIA = ("it names a risk", "it says what it costs")


MEASURED = ConsensusAssessed(
    ruling="c", round=1, agreement="partial", score=0.5, rung="rules", confidence=1.0, inputs_digest="", latency_ms=0
)
"""The score that a typed debate goes on with."""


def kinds_of(catalog: Catalog) -> Kinds:
    """The kinds as the service has them."""
    spec = catalog.orchestration.agreement
    return kinds(Cutoffs(spec.full_from, spec.none_below), cards_of(catalog), "simple_debate")


def question(known: Kinds, kind: RulingKind, n: int = 0, *, typed: bool = False) -> Any:
    """The n-th question of a kind; `typed`: one that the rules can answer."""
    wanted = ruling(kind, "r", criteria=() if typed else CRITERIA)
    score = [MEASURED] if typed else []
    return known[kind].question(_folded([*facts(n, typed=typed), *score]), wanted)


def ruling(kind: RulingKind, name: str, criteria: tuple[str, ...] = ()) -> RulingRequested:
    """The request of a ruling on the answers of `facts`."""
    turns = () if kind in ("complexity", "workflow") else tuple(f"t{seat}" for seat in SEATS)
    deadline = START.replace(year=2099)
    return RulingRequested(
        ruling=name, kind=kind, round=1, sees=0, turns=turns, deadline=deadline, subject="gate", criteria=criteria
    )


def facts(n: int = 0, *, typed: bool = False, rungs: tuple[RungSetting, ...] = ()) -> list[Any]:
    """A debate of three seats after its first round."""
    asked = f"Should we split the {n} oldest parts of our monolith?" if not typed else "What is a modular monolith?"
    earlier = (Earlier(debate="d0", decision="Split the services by team, the payments one first."),)
    flow = Flow(id="bench", steps=(), max_rounds=1 if typed else 4)
    ladder = {"consensus": rungs} if rungs else {}
    started = DebateStarted(workflow="bench", flow=flow, flow_digest="d", seats=(), earlier=earlier, ladder=ladder)
    found: list[Any] = [DebateRequested(question=asked), started]
    for place, seat in enumerate(SEATS):
        stances: dict[str, Stance] = dict.fromkeys((s for s in SEATS if s != seat), "partly") if typed else {}
        found += [_turn(seat), _answer(seat, POSITIONS[place].format(n=n), stances)]
    return found


def _turn(seat: str) -> TurnRequested:
    labels = {other: other for other in SEATS if other != seat}
    return TurnRequested(
        turn=f"t{seat}", round=1, step="arguments", participant=seat, provider="script", model="bench",
        labels=labels, deadline=START,
    )  # fmt: skip


def _answer(seat: str, position: str, stances: dict[str, Stance]) -> ArgumentPresented:
    return ArgumentPresented(
        turn=f"t{seat}", call=f"t{seat}-1", round=1, participant=seat, argument=f"{position} Because of what it costs.",
        position=position, confidence=0.7, on_others=stances, provider="script", model="bench", latency_ms=1,
    )  # fmt: skip


def _folded(known: list[Any]) -> Debate:
    return FOLDING.fold((record(n, fact) for n, fact in enumerate(known, 1)), FOLDING.initial("d1"))
