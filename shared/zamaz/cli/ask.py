"""`zamaz ask`: request, show, and end with the result."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from zamaz.cli.parts import material
from zamaz.cli.screen import Screen
from zamaz.cli.server import debates, found
from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import say
from zamaz.cli.watch import following, on_terminal
from zamaz.client import Client
from zamaz.definition import load
from zamaz.definition.yamlfile import near
from zamaz.embedded.house import debater_lives
from zamaz.errors import LogError, NotAdmitted, ServerUnreachable, ZamazError, words
from zamaz.events import ENDINGS, encode
from zamaz.events.client import MAX_CONTEXT_BYTES, MAX_QUESTION_BYTES
from zamaz.events.workflow import DebateCompleted
from zamaz.heard import raise_ending
from zamaz.requests import check_options, dollars
from zamaz.selecting import AUTO


@dataclass(frozen=True)
class Question:
    """What was typed. `context` is a file, `budget` dollars, `requester` whose budgets it draws on."""

    text: str
    workflow: str
    participants: tuple[str, ...]
    options: tuple[str, ...]
    context: Path | None
    budget: str | None = None
    requester: str = "cli"


async def ask(question: Question, *, as_json: bool) -> None:
    """Debate it. Raises DebateEndedError for endings without a decision."""
    context = _context(question)
    settings = CliSettings()
    _check(question)
    await _check_workflow(question.workflow, settings)
    async with debates(settings, say, services=True, local_model=_wants_local(question, settings)) as client:
        if not await debater_lives(client.nc, 20):
            say("no debater answers on this server; the debate waits for one (zamaz up)")
        debate = await client.request(
            question.text,
            workflow=question.workflow,
            participants=question.participants,
            options=question.options,
            context=context,
            budget_usd=question.budget,
            requester=question.requester,
        )
        say(f"debate {debate}")
        if as_json or not on_terminal():
            _abort_on_interrupt(client, debate)
        code = await (_result_alone if as_json else following)(client, debate)
    sys.exit(code)


def _check(question: Question) -> None:
    """Raises ZamazError for what would be refused wherever it was asked."""
    try:
        check_options(question.options)
        if question.budget is not None:
            dollars(question.budget, "--budget")
    except ValueError as error:
        raise ZamazError(str(error)) from error


async def _check_workflow(wanted: str, settings: CliSettings) -> None:
    """Raises ZamazError for a workflow that the definitions here lack, where no server answers that may have others."""
    known = load(settings.definitions).workflows
    if wanted in ("", AUTO) or wanted in known:
        return
    unknown = f"there is no workflow {wanted!r}{near(wanted, known)}"
    try:
        there = await found(settings)
    except NotAdmitted:
        raise
    except ServerUnreachable as error:
        raise ZamazError(f"{unknown}. And {error}") from error
    if there is None:
        raise ZamazError(unknown)
    await there.close()


def _context(question: Question) -> str:
    if len(question.text.encode()) > MAX_QUESTION_BYTES:
        raise ZamazError(f"the question is longer than {MAX_QUESTION_BYTES} bytes: move the rest to --context FILE")
    text = material(question.context)
    if len(text.encode()) > MAX_CONTEXT_BYTES:
        raise ZamazError(f"{question.context} is longer than {MAX_CONTEXT_BYTES} bytes")
    return text


def _wants_local(question: Question, settings: CliSettings) -> bool | None:
    """Whether a house that is started for it needs the bundled model: a seat of it was asked for by name, or every
    seat is a script's, so that a rehearsal is quick and the same each time; None where that is the house's to say."""
    models = load(settings.definitions).models
    providers = {model.provider for alias in question.participants if (model := models.resolve(alias))}
    if "local" in providers:
        return True
    return False if providers and all(models.providers[name].adapter == "script" for name in providers) else None


def _abort_on_interrupt(client: Client, debate: str) -> None:
    """The first Ctrl-C aborts the debate and waits for its end; the second leaves."""
    loop = asyncio.get_running_loop()
    asked: list[asyncio.Task[None]] = []

    def interrupted() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        say("aborting; Ctrl-C again leaves at once")
        asked.append(loop.create_task(abort()))

    async def abort() -> None:
        try:
            await client.abort(debate, by="cli", why="interrupted")
        except LogError as error:
            say(f"the abort was not stored, the debate goes on: {words(error)}")

    loop.add_signal_handler(signal.SIGINT, interrupted)


async def _result_alone(client: Client, debate: str) -> int:
    """DebateCompleted alone on standard output. Raises DebateEndedError for the other endings."""
    screen = Screen(Console(stderr=True))
    async with contextlib.aclosing(client.follow(debate)) as facts:
        async for heard in facts:
            screen.show(heard)
            if isinstance(heard.fact, DebateCompleted):
                click.echo(encode(heard.fact).decode())
            elif isinstance(heard.fact, ENDINGS):
                raise_ending(debate, heard.fact)
    return 0
