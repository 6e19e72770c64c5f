"""`zamaz watch`, and the screen of `zamaz ask`: a debate as it goes, live where there is a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console
from rich.live import Live

from zamaz.cli.area import area
from zamaz.cli.interrupt import CHOICE, Interrupt
from zamaz.cli.look import whole_id
from zamaz.cli.scene import Scene
from zamaz.cli.screen import Screen
from zamaz.cli.server import Host, debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import LEFT, NO_DECISION, say
from zamaz.cli.writing import Writing
from zamaz.client import Client
from zamaz.embedded.house import debater_lives
from zamaz.errors import LogError, words
from zamaz.events import Recorded
from zamaz.events.client import DebateImported
from zamaz.events.workflow import DebateCompleted

TICK_S = 0.5
BILL_PATIENCE_S = 3.0
AREA_LINES = 16
WRITING_INDENT = 2
AWAY = "the server does not answer; trying again"


async def watching(debate: str) -> None:
    """Show a debate from its beginning, and on to its end where there is somebody to lead it there.

    Exits with 1 where it ended without a decision, with 130 where it was left.
    """
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        row = await whole_id(client, settings, debate)
        if isinstance(client, Host):
            code = await _standing(client, row.id)
        else:
            if not row.ended_at and not await debater_lives(client.nc, 2):
                say("no debater answers on this server; the debate waits for one (zamaz up)")
            code = await following(client, row.id)
    sys.exit(code)


async def _standing(client: Client, debate: str) -> int:
    """What there is of a debate that nobody leads on."""
    screen = Screen(Console(), live=True)  # nobody is thinking now
    for heard in (await client.log.load(debate)).facts:
        screen.show(heard)
    if screen.scene.ending is None:
        say("no house runs here, so this debate stands still: it goes on with `zamaz up` or the next `zamaz ask`")
        return 0
    return exit_code(screen.scene)


async def following(client: Client, debate: str) -> int:
    """Show a debate until it ends or is left, and return the exit code; leaving at once raises SystemExit."""
    if on_terminal():
        return await Stage(client, debate, Console()).play()
    screen = Screen(Console())
    await follow(client, debate, screen.show)
    return exit_code(screen.scene)


def on_terminal() -> bool:
    """Whether standard output can show what moves. Colours can be forced upon a pipe, a cursor can not."""
    return sys.stdout.isatty() and Console().is_interactive


async def follow(client: Client, debate: str, show: Callable[[Recorded], Scene]) -> None:
    """Show every fact of a debate until it is over, and for some seconds more until its bill stands too."""
    async with contextlib.aclosing(client.log.follow(debate)) as facts:
        async for heard in facts:
            if (scene := show(heard)).ending:
                break
        if not scene.unbilled:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BILL_PATIENCE_S):
                async for heard in facts:
                    if not show(heard).unbilled:
                        return


def exit_code(scene: Scene) -> int:
    """0 for a decision, 1 for any other ending."""
    if isinstance(scene.ending, DebateImported):
        return NO_DECISION if scene.ending.record.decision_error else 0
    return 0 if isinstance(scene.ending, DebateCompleted) else NO_DECISION


class Stage:
    """A debate on a terminal: lines that stay scroll up above a small area that is drawn anew."""

    def __init__(self, client: Client, debate: str, console: Console) -> None:
        self._client, self._debate, self._console = client, debate, console
        self._screen = Screen(console, live=True)
        # What others write to a standard error that is this terminal too is printed above the area.
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stderr=sys.stderr.isatty())
        self._interrupt = Interrupt(self._draw, self._abort)
        self._aborting: asyncio.Task[None] | None = None
        self._trouble = ""
        self._writing = Writing()

    async def play(self) -> int:
        """Until the debate is over or left; the exit code. Raises SystemExit when it is left at once."""
        with self._live, self._interrupt.listening():
            shown = asyncio.create_task(follow(self._client, self._debate, self._show))
            ticking = asyncio.create_task(self._tick())
            reading = asyncio.create_task(self._writing.read(self._client, self._debate))
            leaving = asyncio.create_task(self._interrupt.left.wait())
            tasks = {shown, ticking, leaving, reading}
            try:
                done, _ = await asyncio.wait(tasks - {reading}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
        for task in done:
            task.result()
        if shown in done:
            return exit_code(self._screen.scene)
        say("\n".join(self._leaving()))
        if isinstance(self._client, Host):
            say("stopping it; calls in flight get some seconds to end (Ctrl-C again does not wait for them)")
        if self._interrupt.at_once:
            sys.exit(LEFT)
        return LEFT

    def _show(self, heard: Recorded) -> Scene:
        scene = self._screen.show(heard)
        self._draw()
        return scene

    async def _tick(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(TICK_S)

    def _draw(self) -> None:
        height = min(AREA_LINES, self._console.height - 1)
        tails = self._writing.tails(self._console.width - WRITING_INDENT)
        drawn = area(self._screen.scene, datetime.now(UTC), height, self._notes(), tails)
        self._live.update(drawn, refresh=True)

    def _notes(self) -> list[str]:
        notes = [self._trouble] if self._trouble else []
        if not self._client.nc.is_connected:
            notes.append(AWAY)
        return [*notes, *self._leaving(), CHOICE] if self._interrupt.open else notes

    def _leaving(self) -> tuple[str, ...]:
        """What becomes of the debate when this command ends."""
        if isinstance(self._client, Host):
            return (
                "Leaving ends the house that was started here. The debate stays in the",
                "log; it goes on with `zamaz up` or the next `zamaz ask`.",
            )
        return (f"When you leave, the debate goes on: zamaz watch {self._debate}",)

    def _abort(self) -> None:
        self._aborting = asyncio.create_task(self._ask_for_the_end())

    async def _ask_for_the_end(self) -> None:
        try:
            await self._client.abort(self._debate, by="cli", why="interrupted")
        except LogError as error:
            self._trouble = f"the abort was not stored: {words(error)}"
