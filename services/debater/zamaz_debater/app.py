"""Wiring: what the debater hears and with what it answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from faststream import AckPolicy, BaseMiddleware
from faststream.exceptions import NackMessage, RejectMessage
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsMessage

from zamaz import provision, subjects
from zamaz.alive import Alive
from zamaz.definition import ModelsFile, read
from zamaz.events import Malformed, decode
from zamaz.events.workflow import TurnRequested
from zamaz.service.delivery import Delivery, GiveBack, Terminate, delivery, give_back_delay
from zamaz.service.shell import Shell
from zamaz.service.templates import Templates
from zamaz_debater import providers
from zamaz_debater.desk import Desk, Seat, clock
from zamaz_debater.lease import Presence
from zamaz_debater.pen import Pen
from zamaz_debater.settings import DebaterSettings

PULL_S = 2.0
_QUIET = ("httpx2", "httpcore2", "openai", "anthropic")
_log = logging.getLogger("zamaz.debater")


class Beat(BaseMiddleware[Any, Any]):
    """Tells the server every third of ack_wait that a turn is being worked on."""

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
        """Beat while the message is in work."""
        beating = asyncio.create_task(_beat(msg))
        try:
            return await call_next(msg)
        finally:
            beating.cancel()


async def _beat(message: NatsMessage) -> None:
    while True:
        await asyncio.sleep(provision.DEBATER_ACK_WAIT_S / 3)
        with contextlib.suppress(Exception):
            await message.in_progress()


class Room:
    """What exists once the server is there. FastStream wants its subscribers before that."""

    desk: Desk
    presence: Presence


def build(settings: DebaterSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError for a models.yaml that is wrong."""
    models = read(settings.definitions / "models.yaml", ModelsFile)
    room, by = Room(), process()
    accesses = settings.accesses(models)
    made = providers.build(models, accesses, settings.scripts_folder)
    # Turns of a provider that this one cannot call are left to a replica that can.
    served = [name for name in models.providers if not accesses[name].missing]
    seats = {name: Seat(provider, models.providers[name]) for name, provider in made.items()}

    async def prepare(shell: Shell) -> None:
        alive = Alive(shell.nc)
        room.presence = Presence(alive, by, made)
        room.desk = Desk(Pen(shell.log), Templates(shell.log), alive, by, seats, clock)
        await asyncio.gather(*(provider.ready() for provider in made.values()))
        await room.presence.start()
        shell.on_reconnect.append(room.presence.reconnected)
        shell.out.info("alive", by=by)

    feeds = [f for f in provision.feeds(models.concurrency()) if f.durable in _durables(served)]
    shell = Shell("debater", settings, feeds, prepare)
    for name in _QUIET:
        logging.getLogger(name).setLevel("WARNING")
    shell.broker.add_middleware(Beat)
    for name in served:
        _subscribe(shell, room, name, models.providers[name].concurrency)
    return shell


def process() -> str:
    """A token for this process that no other has ever had."""
    host = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:32]
    return f"{host or 'host'}-{os.getpid()}-{secrets.token_hex(4)}"


def _durables(names: list[str]) -> set[str]:
    return {subjects.provider_durable(name) for name in names}


def _subscribe(shell: Shell, room: Room, provider: str, concurrency: int) -> None:
    """Hear one provider's turns. The durable's max_ack_pending bounds the calls of all debaters together;
    twice as many workers leave room for redeliveries of turns that are in work here, which only wait."""
    broker: NatsBroker = shell.broker

    @broker.subscriber(
        subjects.provider_turns(provider),
        durable=subjects.provider_durable(provider),
        stream=JStream(subjects.EVENTS, declare=False),
        pull_sub=PullSub(1, timeout=PULL_S),
        inbox_prefix=f"{subjects.inbox(shell.name)}.".encode(),
        max_workers=2 * concurrency,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        decoder=_as_delivered,
    )
    async def hear(came: tuple[Delivery, bytes]) -> None:
        await _hear(shell, room, *came)


async def _as_delivered(message: NatsMessage) -> tuple[Delivery, bytes]:
    """The body as it is, for our own decoder knows the facts, and where and how often it was delivered."""
    return delivery(message.raw_message), message.body


async def _hear(shell: Shell, room: Room, heard: Delivery, body: bytes) -> None:
    async def answer(named: subjects.Name, _: Delivery) -> list[str]:
        asked = decode(heard.subject, body)
        if isinstance(asked, Malformed):
            raise Terminate(f"no good TurnRequested: {asked.why}")
        return await room.desk.hear(named.debate, asked, heard) if isinstance(asked, TurnRequested) else []

    try:
        await shell.work(heard, answer)
    except GiveBack as wait:
        raise NackMessage(delay=wait.delay) from wait
    except Terminate as end:
        raise RejectMessage from end
    except Exception as error:  # as in the shared loop: whatever went wrong, the delivery goes back
        _log.exception("gave back %s (delivery %d)", heard.subject, heard.tries)
        raise NackMessage(delay=give_back_delay(heard.tries)) from error
