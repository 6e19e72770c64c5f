"""What the orchestrator's stories share: seats that answered, and judges that need no server."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, Stance, Usage
from zamaz.events.flow import Flow, RungSetting
from zamaz.events.workflow import DebateStarted, RulingRequested, TurnRequested, Verdict
from zamaz.testing import START, record
from zamaz_orchestrator.judgement import PassUp, Reply
from zamaz_orchestrator.ruling import FOLDING, Cutoffs, Debate, Held, Question, Seen

CUTOFFS = Cutoffs(full_from=0.9, none_below=0.4)
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

    def __init__(self, text: str) -> None:
        self.text = text
        self.prompts: list[str] = []

    async def ask(self, prompt: str, model: str, timeout: float) -> Reply:
        self.prompts.append(prompt)
        return Reply(self.text, model, Usage(input=10, output=5))

    async def close(self) -> None:
        return None


class Fails(Says):
    """A judge in trouble."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__("")
        self.trouble = trouble

    async def ask(self, prompt: str, model: str, timeout: float) -> Reply:
        raise self.trouble


def gone(why: str) -> Fails:
    return Fails(PassUp(why))


def judgement(agreement: str = "partial", score: float = 0.5, confidence: float = 0.9, **more: object) -> str:
    areas = {"areas_of_agreement": ["services"], "areas_of_disagreement": ["when"]}
    body = {**areas, "agreement": agreement, "score": score, "confidence": confidence, **more}
    return msgspec.json.encode(body).decode()
