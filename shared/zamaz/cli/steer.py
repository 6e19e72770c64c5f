"""`zamaz pause`, `resume` and `abort`: say it, wait a moment, and tell what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import click

from zamaz.cli.look import status_of, whole_id
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import say
from zamaz.client import Client
from zamaz.errors import AlreadyOver, Refused
from zamaz.events import ENDINGS, Fact, Recorded
from zamaz.events.client import DebateAbortRequested
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.workflow import (
    DebateCancelled,
    DebatePaused,
    DebateResumed,
    DebateStarted,
    DebateTimeoutOccurred,
    RequestRefused,
    StepTimedOut,
    TurnRequested,
)

PATIENCE_S = 5.0
OPEN = ("requested", "running", "paused", "waiting")
NOT_YET = "no workflow service has heard of it yet; it does as soon as one runs (zamaz up)"
Asked = Callable[[object], bool]


@dataclass
class Standing:
    """How a debate stands, read off its facts. `in_flight` are the turns that are asked and not answered, `answered`
    the requests by their keys, with why each was refused ("": it was not)."""

    started: bool = False
    paused: bool = False
    ending: Fact | None = None
    in_flight: set[str] = field(default_factory=set)
    answered: dict[str, str] = field(default_factory=dict)

    def take(self, heard: Recorded) -> None:
        """One more fact."""
        match heard.fact:
            case DebateStarted():
                self.started = True
            case RequestRefused() as refusal:
                self.answered[refusal.request] = refusal.why
            case DebatePaused() as pause:
                self.paused = True
                self.answered[pause.pause] = ""
            case DebateResumed() as resume:
                self.paused = False
                self.answered[resume.resume] = ""
            case TurnRequested() as turn:
                self.in_flight = (self.in_flight - {turn.retries}) | {turn.turn}
            case ArgumentPresented() | TurnFailed() as answer:
                self.in_flight.discard(answer.turn)
            case StepTimedOut() | DebateTimeoutOccurred() as late:
                self.in_flight.difference_update(late.turns)
            case fact if isinstance(fact, ENDINGS):
                self.ending = fact


def whoever() -> str:
    """Who runs this command. A container's user may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "cli"


async def pausing(debate: str, *, by: str, why: str) -> None:
    """Hold a debate, and tell what is still in flight."""
    async with on_open(debate) as (client, found):
        key = await client.pause(found, by=by or whoever(), why=why)
        stands = await _standing(client, found, _keyed(key), lambda standing: standing.paused)
    _must_be_open(found, stands)
    if stands.paused:
        click.echo(f"{found} is paused; {_kept(len(stands.in_flight))}")
    elif stands.started:
        click.echo(f"asked for a pause of {found}: {NOT_YET}")
    else:
        click.echo(f"asked for a pause of {found}: it holds as soon as the debate has started")


async def resuming(debate: str, *, by: str, why: str) -> None:
    """Let a debate go on."""
    async with on_open(debate) as (client, found):
        key = await client.resume(found, by=by or whoever(), why=why)
        stands = await _standing(client, found, _keyed(key), lambda standing: key in standing.answered)
    _must_be_open(found, stands)
    if refusal := stands.answered.get(key):
        raise Refused(f"{found}: {refusal}")
    click.echo(f"asked {found} to go on: {NOT_YET}" if stands.paused else f"{found} goes on")


async def aborting(debate: str, *, by: str, why: str) -> None:
    """End a debate that runs or is paused."""
    async with on_open(debate) as (client, found):
        await client.abort(found, by=by or whoever(), why=why)
        stands = await _standing(client, found, _is_abort, lambda standing: standing.ending is not None)
    if stands.ending is None:
        click.echo(f"asked for the end of {found}: {NOT_YET}")
    elif isinstance(stands.ending, DebateCancelled):
        click.echo(f"{found} is cancelled")
    else:
        _must_be_open(found, stands)


@contextlib.asynccontextmanager
async def on_open(beginning: str) -> AsyncIterator[tuple[Client, str]]:
    """A client, and the whole id of a debate that has not ended. Raises AlreadyOver."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        row = await whole_id(client, settings, beginning)
        if row.status not in OPEN:
            raise AlreadyOver(f"{row.id} is over: {status_of(row)}")
        yield client, row.id


async def _standing(client: Client, debate: str, ours: Asked, reached: Callable[[Standing], bool]) -> Standing:
    """How the debate stands once what we asked for is reached, or after a moment."""
    standing, said = Standing(), False
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S), contextlib.aclosing(client.follow(debate)) as facts:
            async for heard in facts:
                standing.take(heard)
                said = said or ours(heard.fact)
                if said and reached(standing):
                    break
    return standing


def _keyed(key: str) -> Asked:
    return lambda fact: key in (getattr(fact, "pause", ""), getattr(fact, "resume", ""))


def _is_abort(fact: object) -> bool:
    return isinstance(fact, DebateAbortRequested)


def _must_be_open(debate: str, stands: Standing) -> None:
    if stands.ending:
        raise AlreadyOver(f"{debate} ended before that: {type(stands.ending).__name__}")


def _kept(calls: int) -> str:
    if not calls:
        return "nothing is in flight"
    return f"{calls} call{'s' if calls > 1 else ''} in flight will be kept"
