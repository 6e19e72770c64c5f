"""What a screen says of rounds: who is asked, what was argued and voted, and how far that is a consensus."""

from __future__ import annotations

from rich.rule import Rule
from rich.text import Text

from zamaz.cli import area
from zamaz.cli.scene import Scene, stand
from zamaz.cli.told import summed
from zamaz.cli.told.ink import SPEAKER, WARNING, Lines, Told, note, prose
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import ConsensusReached, RoundStarted, TurnRequested, VotesCounted


def begun(fact: RoundStarted, _: Scene) -> Lines:
    """A round, and what it is about where that is not simply the question."""
    yield Rule(f"Round {fact.round}", style="dim")
    if fact.focus:
        yield note(f"about: {fact.focus}", "bold", 2)


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


def _counted(fact: VotesCounted, _: Scene) -> Lines:
    yield Rule("Vote", style="dim")
    yield Text(fact.tally.why, "bold")
    for count in fact.tally.counts:
        by = f"  ({', '.join(count.by)})" if count.by else ""
        yield note(f"{count.votes:g}  {count.option}{by}", "", 2)


def _assessed(fact: ConsensusAssessed, scene: Scene) -> Lines:
    by = f"{fact.rung} ({fact.model})" if fact.model else fact.rung
    score = f", score {fact.score:.2f} (consensus from {area.threshold(scene)}) "
    yield ""
    yield Text.assemble((f"Agreement: {fact.agreement}", "bold"), score, (f"ruled by {by}", "dim"))
    if fact.why:
        yield note(fact.why, indent=2)


TOLD: Told = {
    RoundStarted: begun,
    TurnRequested: _asked,
    ArgumentPresented: _argument,
    TurnFailed: _failed,
    VotesCounted: _counted,
    ConsensusAssessed: _assessed,
    ConsensusReached: lambda f, _: iter([note(f"Consensus in round {f.round} (score {f.score:.2f}).")]),
}
