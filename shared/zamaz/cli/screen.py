"""A debate as lines that stay: arguments as they land, positions, consensus, the decision and its bill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from rich.console import Console
from rich.rule import Rule
from rich.text import Text
from rich.theme import Theme

from zamaz.cli import apart, area, summed
from zamaz.cli.prose import BAD, GOOD, SPEAKER, WARNING, Lines, note, prose
from zamaz.cli.scene import Scene, by_round, evolve, stand
from zamaz.cli.text import harmless
from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateForked, DebateImported, DebateRequested
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import (
    ConsensusReached,
    DebateCancelled,
    DebateChanged,
    DebateCompleted,
    DebateFailed,
    DebatePaused,
    DebateRejected,
    DebateResumed,
    DebateStarted,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
    RoundStarted,
    TurnRequested,
    VotesCounted,
)
from zamaz.inflight import terms_of

SMALL_MODEL = (
    "These seats are held by the small model that comes with the project. It shows the machinery, not good "
    "judgement: set a provider's key, run Ollama, or name a better file in ZAMAZ_LOCAL_GGUF."
)
SCRIPTED = "These seats read their lines from a script: no model is asked."
THEME = Theme({"markdown.code": "bold", "markdown.code_block": "none", "markdown.kbd": "bold"})


class Screen:
    """Prints the facts of one debate. `console` decides about colour and width.

    With `live`, what a live area shows anyway is not printed.
    """

    def __init__(self, console: Console, *, live: bool = False) -> None:
        self._console, self._live = console, live
        self.scene = Scene()
        console.push_theme(THEME)

    def show(self, heard: Recorded) -> Scene:
        """One more fact; the scene after it."""
        if isinstance(heard.fact, Fact):
            heard = replace(heard, fact=harmless(heard.fact))
            self.scene = evolve(self.scene, heard)
            for line in lines(self.scene, heard.fact, live=self._live):
                self._console.print(line)
        return self.scene


def lines(scene: Scene, fact: object, *, live: bool = False) -> Lines:
    """What is to be printed for a fact; `scene` has it folded in already."""
    if not isinstance(fact, Fact) or (live and isinstance(fact, _SHOWN_LIVE)):
        return
    if told := _TOLD.get(type(fact)):
        yield from told(fact, scene)


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
        yield from _round(RoundStarted(round=round_.round), scene)
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


def _round(fact: RoundStarted, _: Scene) -> Lines:
    yield Rule(f"Round {fact.round}", style="dim")


def _asked(fact: TurnRequested, scene: Scene) -> Lines:
    again = f" (attempt {fact.attempt + 1}, {fact.provider}/{fact.model})" if fact.retries else ""
    if fact.sums_up:
        yield from summed.asked(fact, again)
        return
    does = "decides" if scene.decides(fact.turn) else "votes" if scene.votes(fact.turn) else "is thinking"
    yield note(f"{fact.participant} {does} …{again}")


def _argument(fact: ArgumentPresented, scene: Scene) -> Lines:
    yield ""
    heading = f"{fact.latency_ms / 1000:.1f} s, {fact.model}"
    yield Text.assemble((fact.participant, SPEAKER), "  ", (heading, "dim"))
    if fact.turn in scene.given_up:
        yield note("came after its time was over, and does not count", WARNING, 2)
    if upto := scene.sums_up(fact.turn):
        yield from summed.made(fact, upto)
        return
    yield prose(fact.argument)
    if fact.position is None:
        yield note(f"no position: {fact.unparsed}", WARNING, 2)
        return
    if scene.votes(fact.turn):
        yield note(f"votes: {_meant(fact, scene)}, confidence {fact.confidence:.0%}", "bold", 2)
        return
    yield note(f"→ {fact.position}{f' [{fact.choice}]' if fact.choice else ''}", "bold", 2)
    yield note(f"{fact.verdict or 'no verdict'}, confidence {fact.confidence:.0%}{_stances(fact, scene)}", indent=4)
    if (before := scene.before(fact)) and before.position != fact.position:
        yield note(f"before, in round {before.round}: {before.position} ({stand(before)})", indent=4)


def _meant(fact: ArgumentPresented, scene: Scene) -> str:
    """A vote, with the names of those whose positions were on the ballot as letters."""
    turn = scene.turns.get(fact.turn)
    labels = turn.labels if turn else {}
    words = ([fact.choice] if fact.choice else []) + [*fact.approvals, *fact.ranking]
    on_letters = turn is not None and set(turn.choices) <= set(labels)
    named = [f"{word} ({labels[word]})" if on_letters and word in labels else word for word in words]
    return (" > " if fact.ranking else ", ").join(named) or "abstains"


def _counted(fact: VotesCounted, _: Scene) -> Lines:
    yield Rule("Vote", style="dim")
    yield Text(fact.tally.why, "bold")
    for count in fact.tally.counts:
        by = f"  ({', '.join(count.by)})" if count.by else ""
        yield note(f"{count.votes:g}  {count.option}{by}", "", 2)


def _stances(fact: ArgumentPresented, scene: Scene) -> str:
    turn = scene.turns.get(fact.turn)
    labels = turn.labels if turn else {}
    towards = [f"{stance} with {labels.get(label, label)}" for label, stance in fact.on_others.items()]
    return "; " + ", ".join(towards) if towards else ""


def _failed(fact: TurnFailed, scene: Scene) -> Lines:
    turn = scene.turns.get(fact.turn)
    if turn and turn.sums_up:
        yield from summed.failed(fact, turn)
        return
    yield note(f"{turn.participant if turn else 'a turn'} gave no answer: {fact.kind}: {fact.why}", WARNING)


def _assessed(fact: ConsensusAssessed, scene: Scene) -> Lines:
    by = f"{fact.rung} ({fact.model})" if fact.model else fact.rung
    score = f", score {fact.score:.2f} (consensus from {area.threshold(scene)}) "
    yield ""
    yield Text.assemble((f"Agreement: {fact.agreement}", "bold"), score, (f"ruled by {by}", "dim"))
    if fact.why:
        yield note(fact.why, indent=2)


def _paused(fact: DebatePaused, _: Scene) -> Lines:
    awaited = f" (answers still awaited: {len(fact.turns)})" if fact.turns else ""
    yield Text(f"Paused{area.by_whom(fact.by, fact.why)}{awaited}.", WARNING)


def _resumed(fact: DebateResumed, _: Scene) -> Lines:
    yield Text(f"Resumed after {fact.paused_s:.0f} s{area.by_whom(fact.by, fact.why)}.", WARNING)


def _priced(fact: CallPriced, scene: Scene) -> Lines:
    if fact.amount_usd:
        yield note(f"cost {area.money(scene)}", indent=2)


def _billed(fact: DebateBilled, _: Scene) -> Lines:
    inexact = [f"{n} {what}" for n, what in ((fact.estimated, "estimated"), (fact.unpriced, "unpriced")) if n]
    extra = f" ({', '.join(inexact)})" if inexact else ""
    yield note(f"Bill: ${fact.cost_usd:.4f} for {fact.calls} calls{extra}")


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
    yield note(f"Stopped by {fact.stop_reason} ({fact.stop_detail}) after {rounds}. Cost ${fact.cost_usd:.4f}{final}.")


def _end(what: str, why: str) -> Lines:
    yield Rule(Text(what, BAD))
    yield Text(why)


_TOLD: dict[type[Fact], Callable[[Any, Scene], Lines]] = {
    **apart.TOLD,
    DebateRequested: _requested,
    DebateImported: _imported,
    DebateForked: _forked,
    DebateStarted: _started,
    RoundStarted: _round,
    TurnRequested: _asked,
    ArgumentPresented: _argument,
    TurnFailed: _failed,
    ParticipantJoined: _joined,
    ParticipantLeft: _left,
    DebateChanged: _changed,
    RequestRefused: _refused,
    ConsensusAssessed: _assessed,
    VotesCounted: _counted,
    ConsensusReached: lambda f, _: iter([note(f"Consensus in round {f.round} (score {f.score:.2f}).")]),
    DebatePaused: _paused,
    DebateResumed: _resumed,
    CallPriced: _priced,
    DebateBilled: _billed,
    DebateCompleted: _completed,
    DebateRejected: lambda f, _: _end("Rejected", f"{f.reason}: {f.why}"),
    DebateFailed: lambda f, _: _end("Failed", f.why),
    DebateErased: lambda f, _: _end("Erased", f"by {f.by or 'somebody'}: {f.why or 'no reason given'}"),
    DebateArchived: lambda f, _: _end("Archived", f"in {f.where}: zamaz import archive brings it back"),
    DebateCancelled: lambda f, _: _end("Cancelled", f"by {f.by or 'somebody'}: {f.why or 'no reason given'}"),
}
_SHOWN_LIVE = (TurnRequested, CallPriced)
