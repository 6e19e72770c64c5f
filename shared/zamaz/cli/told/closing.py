"""What a screen says at the end: positions by round, the decision with its reasons, or why there is none."""

from __future__ import annotations

from rich.rule import Rule
from rich.text import Text

from zamaz.cli import area
from zamaz.cli.amounts import usd
from zamaz.cli.scene import Scene, by_round, stand
from zamaz.cli.told.ink import BAD, GOOD, SPEAKER, WARNING, Lines, Told, note, prose
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.workflow import DebateCancelled, DebateCompleted, DebateFailed, DebateRejected


def _positions(scene: Scene) -> Lines:
    """Each seat's position in every round, where there was more than one."""
    if max((len(by_round(said)) for said in scene.held.values()), default=0) < 2:
        return
    yield Rule("Positions by round", style="dim")
    for seat, said in scene.held.items():
        yield Text(seat, SPEAKER)
        for round_, argument in by_round(said).items():
            yield note(f"{round_}  {argument.position or argument.unparsed} ({stand(argument)})", "", 2)
    if scene.scores:
        yield note(f"{area.agreement(scene)}; consensus from {area.threshold(scene)}".capitalize())


def _completed(fact: DebateCompleted, scene: Scene) -> Lines:
    yield from _positions(scene)
    yield Rule(Text("Decision", GOOD))
    yield Text(fact.decision, "bold")
    yield from [note(f"ruled by {fact.ruled_by}")] * bool(fact.ruled_by)
    yield prose(fact.rationale, 1)
    for dissent in fact.dissent:
        yield Text.assemble(("Dissent", WARNING), f" {dissent.participant}: {dissent.position}")
    if fact.partial:
        yield Text("This result is partial: not every seat is in it.", WARNING)
    final = "" if fact.cost_final else ", not final"
    rounds = f"{fact.rounds} round{'s' if fact.rounds != 1 else ''}"
    yield note(f"Stopped by {fact.stop_reason} ({fact.stop_detail}) after {rounds}. Cost {usd(fact.cost_usd)}{final}.")


def _end(what: str, why: str) -> Lines:
    yield Rule(Text(what, BAD))
    yield Text(why)


TOLD: Told = {
    DebateCompleted: _completed,
    DebateRejected: lambda f, _: _end("Rejected", f"{f.reason}: {f.why}"),
    DebateFailed: lambda f, _: _end("Failed", f.why),
    DebateErased: lambda f, _: _end("Erased", f"by {f.by or 'somebody'}: {f.why or 'no reason given'}"),
    DebateArchived: lambda f, _: _end("Archived", f"in {f.where}: zamaz import archive brings it back"),
    DebateCancelled: lambda f, _: _end("Cancelled", f"by {f.by or 'somebody'}: {f.why or 'no reason given'}"),
}
