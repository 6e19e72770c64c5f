"""What the orchestrator's stories share: seats that answered, and judges that need no server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, Stance, Usage
from zamaz.events.flow import Flow, RungSetting
from zamaz.events.workflow import DebateStarted, RulingRequested, TurnRequested, Verdict
from zamaz.testing import START, record
from zamaz_orchestrator.cache import Prompt
from zamaz_orchestrator.debate import FOLDING, Debate
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.kinds.kind import Kind
from zamaz_orchestrator.kinds.pairs import Held, Question, Seen
from zamaz_orchestrator.ladder import Case, Climbed, Ladder
from zamaz_orchestrator.port import Inquiry, Judge, PassUp, Reply

CUTOFFS = Cutoffs(full_from=0.9, none_below=0.4)
CONSENSUS = kinds(CUTOFFS)["consensus"]
DEADLINE = START + timedelta(seconds=60)
RULES, OLLAMA, LOCAL = (
    RungSetting(rung="rules", threshold=0.6),
    RungSetting(rung="ollama", threshold=0.5, model="qwen2.5", timeout_s=5),
    RungSetting(rung="local", threshold=0.5, model="smollm2", timeout_s=5),
)
TEMPLATE = "Judge.\n<question>\n$question\n</question>\n$options\n<positions>\n$positions\n</positions>"


def held(name: str, position: str = "", choice: str | None = None, verdict: Verdict | None = None) -> Held:
    return Held(participant=name, position=position or f"{name} has a view", choice=choice, verdict=verdict)


def seen(*stances: tuple[str, str, Stance]) -> tuple[Seen, ...]:
    return tuple(Seen(of=of, on=on, stance=stance) for of, on, stance in stances)


def question(*seats: Held, seen: tuple[Seen, ...] = ()) -> Question:
    return Question(question="Split the monolith?", held=seats, seen=seen)


def asked(n: int, participant: str, **labels: str) -> TurnRequested:
    return TurnRequested(
        turn=f"t{n}",
        round=1,
        step="arguments",
        participant=participant,
        provider="script",
        model="m",
        labels=labels,
        deadline=DEADLINE,
    )


def answer(
    n: int,
    participant: str,
    position: str | None = "Do it",
    choice: str | None = None,
    verdict: Verdict | None = None,
    **on_others: Stance,
) -> ArgumentPresented:
    return ArgumentPresented(
        turn=f"t{n}",
        call=f"t{n}-1",
        round=1,
        participant=participant,
        argument="Because.",
        position=position,
        choice=choice,
        verdict=verdict,
        on_others=on_others,
        provider="script",
        model="m",
        latency_ms=1,
    )


def wanted(*turns: str, sees: int = 0) -> RulingRequested:
    return RulingRequested(ruling="r1", kind="consensus", round=1, sees=sees, turns=turns, deadline=DEADLINE)


def requested(*options: str) -> DebateRequested:
    return DebateRequested(question="Split the monolith?", options=options)


def started(*rungs: RungSetting) -> DebateStarted:
    flow = Flow(id="f", steps=())
    return DebateStarted(workflow="f", flow=flow, flow_digest="d", seats=(), ladder={"consensus": rungs})


def debate(*facts: Fact) -> Debate:
    return FOLDING.fold((record(n, fact) for n, fact in enumerate(facts, 1)), Debate())


class Says:
    """A judge that answers at once, and keeps what it was asked."""

    def __init__(self, *texts: str, odds: dict[str, float] | None = None) -> None:
        self.texts, self.odds = texts, odds
        self.asked: list[Inquiry] = []

    @property
    def prompts(self) -> list[str]:
        return [inquiry.prompt for inquiry in self.asked]

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        self.asked.append(inquiry)
        text = self.texts[(len(self.asked) - 1) % len(self.texts)] if self.texts else ""
        return Reply(text, rung.model, Usage(input=10, output=5), self.odds)

    async def warm(self, inquiry: Inquiry, rung: RungSetting) -> None:
        return None

    async def close(self) -> None:
        return None


class Fails(Says):
    """A judge in trouble."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__()
        self.trouble = trouble

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        raise self.trouble


def gone(why: str) -> Fails:
    return Fails(PassUp(why, "unreachable"))


def judgement(answer: str = "partial", confidence: float = 0.9, **more: object) -> str:
    areas = {"areas_of_agreement": ["services"], "areas_of_disagreement": ["when"]}
    return msgspec.json.encode({**areas, "answer": answer, "confidence": confidence, **more}).decode()


def said(answer: str, confidence: float = 0.9, **more: object) -> str:
    return msgspec.json.encode({"why": "so it is", **more, "answer": answer, "confidence": confidence}).decode()


def case(kind: Kind[Any, Any], asked: Any, *, left: float = 60.0, template: str | None = TEMPLATE) -> Case:
    async def prompt() -> Prompt:
        if template is None:
            raise PassUp("the prompt is not in the log")
        return Prompt(template, "p")

    return Case(kind, asked, prompt, lambda: left)


async def climb(made: Case, *rungs: RungSetting, **judges: Judge) -> Climbed:
    return await Ladder(judges).climb(made, rungs)
