"""A debate on the table, for the debater's stories."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zamaz.definition import default_folder
from zamaz.events import Fact, Malformed, Recorded, Unknown
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed
from zamaz.events.flow import Flow, Step
from zamaz.events.workflow import DebateStarted, TurnRequested
from zamaz.testing import DEBATE, START, record
from zamaz_debater import prompts, turn
from zamaz_debater.answer import Shape
from zamaz_debater.prompts import Prompt
from zamaz_debater.providers.port import Call
from zamaz_debater.turn import Debate

TEMPLATES = {path.stem: path.read_text() for path in sorted((default_folder() / "prompts").glob("*.md"))}
FLOW = Flow(
    id="simple_debate",
    steps=(
        Step(id="initial_arguments", type="initial_arguments", instruction="Argue for what you would stand by."),
        Step(id="counter_arguments", type="counter_arguments", instruction="Answer the strongest points."),
        Step(id="final_decision", type="final_decision", instruction="Decide, and say why."),
    ),
)
REQUEST = DebateRequested(question="Should we split our monolith into services?")
LABELS = {"A": "opus", "B": "gemini", "C": "gpt"}
GOLDEN = Path(__file__).parent / "golden"


def started(**more: Any) -> DebateStarted:
    names = dict.fromkeys(TEMPLATES, "0" * 64)
    return DebateStarted(workflow="simple_debate", flow=FLOW, flow_digest="f", seats=(), prompts=names, **more)


def asked(name: str = "t1", **more: Any) -> TurnRequested:
    told: dict[str, Any] = {
        "turn": name,
        "round": 1,
        "step": "initial_arguments",
        "participant": "opus",
        "provider": "script",
        "model": "agree",
        "deadline": START + timedelta(seconds=60),
    }
    return TurnRequested(**{**told, **more})


def argued(name: str, participant: str, position: str | None = "Do it.", **more: Any) -> ArgumentPresented:
    told: dict[str, Any] = {
        "turn": name,
        "call": f"{name}-1",
        "round": 1,
        "participant": participant,
        "argument": f"The reasons of {participant}.",
        "position": position,
        "verdict": "adopt" if position else None,
        "provider": "script",
        "model": "agree",
        "latency_ms": 1,
    }
    return ArgumentPresented(**{**told, **more})


def called(name: str, n: int = 1, by: str = "one") -> CallStarted:
    return CallStarted(
        call=turn.call_id(name, n), turn=name, by=by, provider="script", model="agree", prompt_digest="0" * 64
    )


def failed(name: str) -> TurnFailed:
    return TurnFailed(turn=name, kind="timeout", why="too slow", retryable=True)


def recorded(facts: Iterable[Fact | Unknown | Malformed]) -> list[Recorded]:
    return [record(n, fact) for n, fact in enumerate(facts, 1)]


def debate(*facts: Fact | Unknown | Malformed) -> Debate:
    """The fold of these facts, stored at 1, 2, 3 …"""
    return turn.FOLDING.fold(recorded(facts), Debate(DEBATE))


def decided(turn_asked: TurnRequested, *facts: Fact | Unknown, now: datetime = START) -> turn.Step:
    return turn.decide(debate(REQUEST, started(), turn_asked, *facts), turn_asked, now)


def rendered(d: Debate, turn_asked: TurnRequested) -> Prompt:
    return prompts.render(d, turn_asked, TEMPLATES)


def reads_as_kept(name: str, prompt: Prompt) -> None:
    """A prompt is what stands in its golden file."""
    text = f"{prompt.system}\n\n======== user\n\n{prompt.user}\n"
    kept = GOLDEN / f"{name}.txt"
    if not kept.exists():
        kept.write_text(text)
        pytest.fail(f"{kept} was written anew: read it and run again")
    assert text == kept.read_text(), f"if the change is wanted, delete {kept}"


def call(timeout_s: float = 5, shape: Shape | None = None, prompt: Prompt | None = None, **more: Any) -> Call:
    """One call as a provider gets it; `more` are fields of its turn."""
    requested = asked(**more)
    made = shape or Shape(max_output_tokens=requested.max_output_tokens)
    return Call("t1-1", requested, "initial_arguments", prompt or Prompt("Be brief.", "Say it."), made, timeout_s)
