"""What a document says of the arguing: who argued what, and how the debate went on between its rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zamaz.cli.document import Block, Prose, Section, told, when
from zamaz.cli.scene import Scene, up_to
from zamaz.events import Recorded
from zamaz.events.course import MoveTaken
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.orchestration import NextMoveAdvised


def arguments(scene: Scene, facts: Sequence[Recorded]) -> Iterator[Block]:
    """Answers, failures and moves, in the order of the log."""
    made = [block for heard in facts for block in _said(scene, facts, heard)]
    if made:
        yield Section("Arguments")
        yield from made


def _said(scene: Scene, facts: Sequence[Recorded], heard: Recorded) -> Iterator[Block]:
    match heard.fact:
        case ArgumentPresented() as argument:
            yield from _argument(scene, heard, argument)
        case TurnFailed() as failure:
            yield from _failure(scene, heard, failure)
        case MoveTaken() as move:
            yield from _move(heard, move, _advice(facts, heard, move))


def _argument(scene: Scene, heard: Recorded, fact: ArgumentPresented) -> Iterator[Block]:
    does = " words the decision" if scene.decides(fact.turn) else f", round {fact.round}"
    if upto := scene.sums_up(fact.turn):
        does = f" sums up {up_to(upto)}"
    yield Section(f"{fact.participant}{does}", 3)
    labels = turn.labels if (turn := scene.turns.get(fact.turn)) else {}
    others = (f"{stance} with {labels.get(label, label)}" for label, stance in fact.on_others.items())
    yield told(
        ("Position", fact.position or (f"none: {fact.unparsed}" if fact.unparsed or not upto else "")),
        ("Option", fact.choice),
        ("Verdict", (fact.verdict or "").replace("_", " ")),
        ("Confidence", "" if upto else f"{fact.confidence:.0%}"),
        ("Of the others", ", ".join(others)),
        ("Counted", "no: it came after its time was over" if fact.turn in scene.given_up else ""),
        ("Model", f"{fact.provider}/{fact.model}, {fact.latency_ms / 1000:.1f} s"),
        ("In the log", f"{heard.seq}, {when(heard.at)}"),
    )
    yield Prose(fact.argument)


def _failure(scene: Scene, heard: Recorded, fact: TurnFailed) -> Iterator[Block]:
    turn = scene.turns.get(fact.turn)
    gave = f"made no summary of {up_to(turn.sums_up)}" if turn and turn.sums_up else "gave no answer"
    yield Section(f"{turn.participant if turn else 'A turn'} {gave}", 3)
    yield told(
        ("Why", f"{fact.kind.replace('_', ' ')}: {fact.why}"),
        ("Model", f"{fact.provider}/{fact.model}" if fact.model else fact.provider),
        ("In the log", f"{heard.seq}, {when(heard.at)}"),
    )


def _advice(facts: Sequence[Recorded], heard: Recorded, move: MoveTaken) -> NextMoveAdvised | None:
    """What a move follows. Where nobody advised in time, that is nothing that came later."""
    before = (one.fact for one in facts if one.seq < heard.seq)
    return next((f for f in before if isinstance(f, NextMoveAdvised) and f.ruling == move.ruling), None)


def _move(heard: Recorded, fact: MoveTaken, advice: NextMoveAdvised | None) -> Iterator[Block]:
    yield Section(f"After round {fact.round}: {fact.move}{', in vain' if fact.void else ''}", 3)
    seen = advice.observed if advice else ()
    by = advice and (f"{advice.rung} ({advice.model})" if advice.model else advice.rung)
    yield told(
        ("In vain", fact.void),
        ("Why", fact.why),
        ("Chance of a consensus", "" if fact.consensus_chance is None else f"{fact.consensus_chance:.0%}"),
        *((f"Observed of {one.participant}", f"{one.of}{f', {one.why}' if one.why else ''}") for one in seen),
        ("The next round is about", fact.focus),
        ("The next round begins with", fact.inserted.type.replace("_", " ") if fact.inserted else ""),
        ("Advised by", by or ""),
        ("In the log", f"{heard.seq}, {when(heard.at)}"),
    )
