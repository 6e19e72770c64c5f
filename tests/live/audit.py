"""Reading a whole log after the fact: what must hold whatever was killed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from nats.aio.client import Client as Nats

from zamaz.events import ENDINGS, Fact, Recorded
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed
from zamaz.events.workflow import DebateCompleted, TurnRequested
from zamaz.replay import replay
from zamaz.subjects import LIBRARY


@dataclass
class Audit:
    """Findings over all debates. `wrong` is empty when every law held."""

    debates: int = 0
    completed: int = 0
    facts: int = 0
    takeovers: int = 0
    wrong: list[str] = field(default_factory=list)


async def audit(nc: Nats, bought: Counter[str] | None = None) -> Audit:
    """Hold the log against the laws; `bought` is what a model server counted, by call."""
    facts: dict[str, list[Recorded]] = defaultdict(list)
    async for batch in replay(nc):
        for heard in batch:
            facts[heard.debate].append(heard)
    found = Audit(facts=sum(map(len, facts.values())))
    for debate, story in facts.items():
        if debate != LIBRARY:
            _one(found, debate, story)
    for call, times in (bought or {}).items():
        if times > 1:
            found.wrong.append(f"call {call} was bought {times} times")
    return found


def _one(found: Audit, debate: str, heard: list[Recorded]) -> None:
    found.debates += 1
    said = Counter(type(h.fact).__name__ + "/" + _key(h) for h in heard)
    found.wrong += [f"{debate}: {name} was said {n} times" for name, n in said.items() if n > 1]
    endings = [h for h in heard if isinstance(h.fact, ENDINGS)]
    found.completed += sum(isinstance(h.fact, DebateCompleted) for h in endings)
    if len(endings) != 1:
        found.wrong.append(f"{debate}: {len(endings)} endings")
    asked = {h.fact.turn for h in heard if isinstance(h.fact, TurnRequested)}
    answered: dict[str, int] = {}
    for h in heard:
        if isinstance(h.fact, ArgumentPresented | TurnFailed):
            if h.fact.turn in answered:
                found.wrong.append(f"{debate}: turn {h.fact.turn} has two answers")
            answered[h.fact.turn] = h.seq
    if asked != set(answered):
        found.wrong.append(f"{debate}: turns {asked ^ set(answered)} were asked or answered alone")
    for h in heard:
        if isinstance(h.fact, CallStarted):
            found.takeovers += not h.fact.call.endswith("-1")
            if h.seq > answered.get(h.fact.turn, h.seq):
                found.wrong.append(f"{debate}: {h.fact.call} was started after its turn was answered")


def _key(heard: Recorded) -> str:
    assert isinstance(heard.fact, Fact), heard
    return ".".join(str(getattr(heard.fact, name)) for name in heard.fact.key)
