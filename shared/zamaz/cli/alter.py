"""`zamaz invite`, `dismiss` and `change`: say it, wait a moment, and tell what became of it."""

from __future__ import annotations

import contextlib
from typing import Any

import click

from zamaz.cli.steer import NOT_YET, on_open, whoever
from zamaz.client import Client
from zamaz.events import Fact
from zamaz.events.workflow import DebateChanged, ParticipantJoined, ParticipantLeft
from zamaz.inflight import terms_of

PATIENCE_S = 13.0
"""An invitation may wait ten seconds for a debater that tells what it can reach."""


async def inviting(debate: str, model: str, *, by: str, **more: str) -> None:
    """Seat one more participant, or one in the place of another."""
    async with on_open(debate) as (client, found):
        key = await client.invite(found, model, by=by or whoever(), **more)
        answer = await answer_to(client, found, key)
    if isinstance(answer, ParticipantJoined):
        who = f"{answer.who.participant} ({answer.who.provider}/{answer.who.model})"
        place = f" in the place of {answer.replaces}" if answer.replaces else ""
        click.echo(f"{who} joins {found}{place}: it takes part from round {answer.since} on")
    else:
        unanswered(found, "an invitation")


async def dismissing(debate: str, participant: str, *, by: str, why: str) -> None:
    """Go on without a participant."""
    async with on_open(debate) as (client, found):
        key = await client.dismiss(found, participant, by=by or whoever(), why=why)
        answer = await answer_to(client, found, key)
    if isinstance(answer, ParticipantLeft):
        click.echo(f"{answer.participant} leaves {found}: its position does not count any more")
    else:
        unanswered(found, "a dismissal")


async def changing(debate: str, *, by: str, why: str, **terms: Any) -> None:
    """Go on under other terms."""
    async with on_open(debate) as (client, found):
        key = await client.change(found, by=by or whoever(), why=why, **terms)
        answer = await answer_to(client, found, key)
    if isinstance(answer, DebateChanged):
        later = " (the workflow from the next round on)" if answer.tail else ""
        click.echo(f"{found} goes on with {', '.join(f'{name} {new}' for name, new in terms_of(answer))}{later}")
    else:
        unanswered(found, "a change")


async def answer_to(client: Client, debate: str, key: str) -> Fact | None:
    """What the workflow made of the request with this key; None after a while. Raises Refused and AlreadyOver."""
    with contextlib.suppress(TimeoutError):
        return await client.answered(debate, key, PATIENCE_S)
    return None


def unanswered(debate: str, asked: str) -> None:
    """Tell that nobody has heard a request yet."""
    click.echo(f"asked for {asked} in {debate}: {NOT_YET}")
