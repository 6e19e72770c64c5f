"""The live area of a screen: a few lines at the bottom that say how a debate stands at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from zamaz.cli.amounts import usd
from zamaz.cli.scene import Open, Scene, by_round, stand
from zamaz.events.debater import ArgumentPresented

NAME_CELLS, DOING_CELLS = 24, 27
BUSY = ("thinking", "deciding")
SCORES_SHOWN = 4
UNTAKEN = timedelta(seconds=10)


NOTHING: Mapping[str, str] = {}


def area(
    scene: Scene, now: datetime, height: int, notes: Sequence[str] = (), writing: Mapping[str, str] = NOTHING
) -> RenderableType:
    """The scene at `now` in at most `height` lines, each cut to the width. `notes` stand below, in bold; `writing` is
    a line of what is being written, by turn."""
    head = [_line(_figures(scene, now), "dim")] + [_line(_scores(scene))] * bool(scene.scores)
    below = [_line(note, "bold") for note in notes]
    seats = _seats(scene, now, max(1, height - 1 - len(head) - len(below)), writing)
    return Group(Rule(Text(_title(scene), "bold"), align="left", style="dim"), *head, *seats, *below)


def _line(text: str, style: str = "", indent: int = 0) -> Text:
    return Text(" " * indent + " ".join(text.split()), style, no_wrap=True, overflow="ellipsis")


def _title(scene: Scene) -> str:
    name = scene.started.workflow if scene.started else "debate"
    return f"{name}: {state(scene)}"


def state(scene: Scene) -> str:
    """Where the debate stands, in a few words."""
    if scene.ending:
        return "over"
    if scene.abort:
        return "is being aborted"
    if scene.paused:
        return "paused" + by_whom(scene.paused.by, scene.paused.why)
    if scene.people:
        return f"waits for a human: {scene.people.why}"
    if not scene.started:
        return "requested"
    if any(scene.decides(turn) for turn in scene.open):
        return "running, the decision is being worded"
    if any(scene.sums_up(turn) for turn in scene.open):
        return "running, older rounds are being summed up"
    return "running, the positions are being weighed" if scene.rulings else "running"


def by_whom(by: str, why: str) -> str:
    """` by ann: why`, as far as it is known."""
    return (f" by {by}" if by else "") + (f": {why}" if why else "")


def _figures(scene: Scene, now: datetime) -> str:
    parts = []
    if scene.flow and scene.round:
        parts.append(f"round {scene.round} of {max(scene.round, scene.flow.max_rounds)}")
    if scene.asked:
        parts.append(clock(now - scene.asked))
    if not scene.started and scene.asked and now - scene.asked > UNTAKEN:
        parts.append("no workflow service has taken it up: does a house run?")
    if scene.priced or scene.bill:
        parts.append(money(scene))
    return " · ".join(parts)


def money(scene: Scene) -> str:
    """The cost in dollars, and how sure it is."""
    if scene.bill:
        return usd(scene.cost)
    estimates = f", {scene.inexact} estimated or unpriced" if scene.inexact else ""
    return f"{usd(scene.cost)} so far, not final{estimates}"


def _scores(scene: Scene) -> str:
    return f"{agreement(scene, SCORES_SHOWN)} · consensus from {threshold(scene)}"


def agreement(scene: Scene, most: int = 0) -> str:
    """The score of every round, or of the last `most`."""
    shown = scene.scores[-most:] if most else scene.scores
    return "agreement " + ", ".join(f"{score.score:.2f} (round {score.round})" for score in shown)


def threshold(scene: Scene) -> str:
    """The score from which on there is consensus."""
    return f"{scene.flow.consensus_threshold:.2f}" if scene.flow else "?"


def clock(passed: timedelta) -> str:
    """A span as m:ss or h:mm:ss; a clock that runs behind the log's shows none."""
    minutes, seconds = divmod(max(0, int(passed.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _seats(scene: Scene, now: datetime, room: int, writing: Mapping[str, str]) -> list[Text]:
    """Two lines a seat where there is room, else one; where even that is too much, those at work first. The second
    is what the seat is writing, or else its position."""
    seats = [seat.participant for seat in scene.started.seats] if scene.started else []
    at_work = {going.turn.participant: going for going in scene.open.values()}
    left_out = len(seats) - max(0, room - 1) if len(seats) > room else 0
    if left_out:
        kept = sorted(seats, key=lambda seat: seat not in at_work)[: len(seats) - left_out]
        seats = [seat for seat in seats if seat in kept]
    two_lines = not left_out and 2 * len(seats) <= room
    lines = []
    cells = min(NAME_CELLS, max(map(cell_len, seats), default=0))
    for seat in seats:
        lines.append(_seat(scene, seat, _doing(scene, seat, at_work.get(seat), now), cells))
        going = at_work.get(seat)
        if two_lines and going and (text := writing.get(going.turn.turn)):
            lines.append(_line(text, "italic", indent=2))
        elif two_lines and (said := scene.held.get(seat)):
            lines.append(_line(said[-1].position or f"(no position: {said[-1].unparsed})", indent=2))
    return lines + ([_line(f"and {left_out} more", "dim")] if left_out else [])


def _seat(scene: Scene, seat: str, doing: str, cells: int) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append_text(_cell(seat, cells, "bold cyan")).append("  ")
    line.append_text(_cell(doing, DOING_CELLS, "bold" if doing.startswith(BUSY) else "dim")).append("  ")
    return line.append(trace(by_round(scene.held.get(seat, ()))))


def _cell(text: str, cells: int, style: str) -> Text:
    cell = Text(text, style)
    cell.truncate(cells, overflow="ellipsis", pad=True)
    return cell


def _doing(scene: Scene, seat: str, going: Open | None, now: datetime) -> str:
    """What a seat does now, and for how long."""
    if going:
        again = f", try {going.turn.attempt + 1}" if going.turn.attempt else ""
        if going.called is None:
            return f"waits for a debater {clock(now - going.asked)}{again}"
        return f"{'deciding' if scene.decides(going.turn.turn) else 'thinking'} {clock(now - going.called)}{again}"
    if seat in scene.left:
        return "left"
    if failed := scene.failed.get(seat):
        return f"no answer: {failed.kind}".replace("_", " ")
    return "has argued" if scene.round in by_round(scene.held.get(seat, ())) else ""


def trace(arguments: Mapping[int, ArgumentPresented]) -> str:
    """A seat's stand from round to round: `reject → adopt`. Words that changed under the same stand get a `*`."""
    shown: list[str] = []
    before: ArgumentPresented | None = None
    for argument in arguments.values():
        reworded = before and stand(before) == stand(argument) and before.position != argument.position
        shown.append(stand(argument) + ("*" if reworded else ""))
        before = argument
    return " → ".join(shown)
