"""What the stories of the screen share: facts of a small debate, and a console that keeps what it is given."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

from rich.console import Console

from zamaz.cli.area import NOTHING, area
from zamaz.cli.scene import Scene, evolve
from zamaz.cli.screen import Screen
from zamaz.events import Fact, Malformed, Recorded, Unknown
from zamaz.events.client import DebateRequested
from zamaz.events.cost import CallPriced
from zamaz.events.debater import ArgumentPresented, CallStarted
from zamaz.events.flow import Flow, Seat, Step
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateCompleted, DebateStarted, RoundStarted, TurnRequested
from zamaz.testing import START, record

STEPS = (Step(id="first", type="initial_arguments"), Step(id="last", type="final_decision"))


def started(*names: str) -> DebateStarted:
    seats = tuple(Seat(participant=name, provider="openai", model="gpt-4o") for name in names)
    flow = Flow(id="w", steps=STEPS, max_rounds=3, consensus_threshold=0.75)
    return DebateStarted(workflow="w", flow=flow, flow_digest="f", seats=seats)


def turn(key: str, seat: str = "ann", step: str = "first", **more: Any) -> TurnRequested:
    return TurnRequested(
        turn=key, round=more.pop("round", 1), step=step, participant=seat, provider="openai", model="gpt-4o",
        deadline=START, **more,
    )  # fmt: skip


def call(key: str) -> CallStarted:
    return CallStarted(call=f"{key}-1", turn=key, by="p", provider="openai", model="gpt-4o", prompt_digest="d")


def says(key: str, position: str | None, seat: str = "ann", **more: Any) -> ArgumentPresented:
    return ArgumentPresented(
        turn=key, call=f"{key}-1", round=more.pop("round", 1), participant=seat,
        argument=more.pop("argument", "Because."), position=position, provider="openai", model="gpt-4o",
        latency_ms=1500, **more,
    )  # fmt: skip


def ruling(round_: int, score: float) -> ConsensusAssessed:
    return ConsensusAssessed(
        ruling=f"r{round_}", round=round_, agreement="partial", score=score, rung="rules", confidence=1.0,
        inputs_digest="x", latency_ms=0,
    )  # fmt: skip


def price(key: str, dollars: str, basis: Any = "usage") -> CallPriced:
    return CallPriced(call=key, provider="openai", model="gpt-4o", amount_usd=Decimal(dollars), basis=basis)


def completed(**more: Any) -> DebateCompleted:
    return DebateCompleted(
        debate_id="d1", topic="Split?", decision="Split it slowly.", rationale="Because it **holds**.",
        decision_id="x", decision_type="MODERATE", consensus=True, summary="s", rounds=2,
        stop_reason="consensus", stop_detail="score 1.00 in round 2", partial=False, cost_usd=Decimal("0.5"),
        cost_final=False, **more,
    )  # fmt: skip


OPENING = (DebateRequested(question="Split?"), started("ann", "bob"), RoundStarted(round=1))


def log(*facts: Fact | Unknown | Malformed) -> list[Recorded]:
    """The facts, one second after another."""
    return [record(n, fact, START + timedelta(seconds=n)) for n, fact in enumerate(facts)]


def scene(*facts: Fact | Unknown | Malformed) -> Scene:
    return reduce(evolve, log(*facts), Scene())


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def console(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width, color_system=None)


def drawn(
    shown: Scene,
    now: datetime,
    *,
    width: int = 80,
    height: int = 16,
    notes: tuple[str, ...] = (),
    writing: Mapping[str, str] = NOTHING,
) -> list[str]:
    """The live area as lines of text."""
    out = console(width)
    out.print(area(shown, now, height, notes, writing))
    assert isinstance(out.file, io.StringIO)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


def printed(*facts: Fact | Unknown | Malformed, live: bool = False) -> str:
    """What stays on the screen."""
    out = console()
    screen = Screen(out, live=live)
    for heard in log(*facts):
        screen.show(heard)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def row(lines: list[str], seat: str) -> str:
    return next(line for line in lines if line.startswith(f"{seat} "))
