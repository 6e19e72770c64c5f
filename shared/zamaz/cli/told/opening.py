"""What a screen says when a debate begins: the question, where it comes from, who debates."""

from __future__ import annotations

from rich.rule import Rule
from rich.text import Text

from zamaz.cli import area
from zamaz.cli.scene import Scene
from zamaz.cli.told import summed
from zamaz.cli.told.arguing import begun
from zamaz.cli.told.ink import BAD, GOOD, SPEAKER, WARNING, Lines, Told, note, prose
from zamaz.events.client import DebateForked, DebateImported, DebateRequested
from zamaz.events.workflow import DebateStarted, RoundStarted

SMALL_MODEL = (
    "These seats are held by the small model that comes with the project. It shows the machinery, not good "
    "judgement: set a provider's key, run Ollama, or name a better file in ZAMAZ_LOCAL_GGUF."
)
SCRIPTED = "These seats read their lines from a script: no model is asked."


def _requested(fact: DebateRequested, _: Scene) -> Lines:
    yield Text(fact.question, "bold")
    if fact.options:
        yield note(f"options: {', '.join(fact.options)}", indent=2)


def _forked(fact: DebateForked, _: Scene) -> Lines:
    yield Rule(Text("forked", "bold"))
    yield note(f"from {fact.parent} at {fact.at}{area.by_whom(fact.requester, fact.why)}", indent=2)
    for key, value in fact.changes.items():
        yield note(f"{key}: {value}", "bold", 2)


def _imported(fact: DebateImported, scene: Scene) -> Lines:
    if scene.ending is not fact:
        return
    record = fact.record
    yield Text(record.question, "bold")
    yield Rule(Text("imported", "bold"))
    yield note(f"held elsewhere as {record.id} ({record.complexity or 'of no known complexity'})", indent=2)
    for round_ in record.rounds:
        yield from begun(RoundStarted(round=round_.round), scene)
        for answer in round_.answers:
            yield ""
            yield Text(answer.participant, SPEAKER)
            yield note(f"no answer: {answer.text or 'empty'}", WARNING, 2) if answer.error else prose(answer.text)
    yield Rule(Text("No decision", BAD) if record.decision_error else Text("Decision", GOOD))
    yield prose(record.decision)


def _started(fact: DebateStarted, _: Scene) -> Lines:
    yield Rule(Text(fact.workflow, "bold"))
    for seat in fact.seats:
        yield Text.assemble("  ", (seat.participant, "bold"), "  ", (f"{seat.provider}/{seat.model}", "dim"))
    yield from summed.maker(fact.flow.context.by)
    yield note(fact.seated_because, indent=2)
    providers = {seat.provider for seat in fact.seats}
    if "local" in providers:
        yield Text(SMALL_MODEL, WARNING)
    if "script" in providers:
        yield Text(SCRIPTED, WARNING)


TOLD: Told = {
    DebateRequested: _requested,
    DebateForked: _forked,
    DebateImported: _imported,
    DebateStarted: _started,
}
