"""A debate as lines that stay: arguments as they land, positions, consensus, the decision and its bill."""

from __future__ import annotations

from msgspec.structs import replace
from rich.console import Console

from zamaz.cli.scene import Scene, evolve
from zamaz.cli.text import harmless
from zamaz.cli.told import TOLD
from zamaz.cli.told.ink import THEME, Lines
from zamaz.events import Fact, Recorded
from zamaz.events.cost import CallPriced
from zamaz.events.workflow import TurnRequested

_SHOWN_LIVE = (TurnRequested, CallPriced)


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
    if told := TOLD.get(type(fact)):
        yield from told(fact, scene)
