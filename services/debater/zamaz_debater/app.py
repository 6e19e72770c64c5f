"""Wiring: what the debater hears and with what it answers."""

from __future__ import annotations

import asyncio
import logging

from zamaz import provision, subjects
from zamaz.alive import Alive
from zamaz.definition import ModelsFile, read
from zamaz.events import Malformed, decode
from zamaz.events.workflow import TurnRequested
from zamaz.service.delivery import Delivery, Terminate
from zamaz.service.door import wait_for
from zamaz.service.presence import Presence, process
from zamaz.service.shell import Hear, Shell
from zamaz.service.templates import Templates
from zamaz_debater import providers, turn
from zamaz_debater.calling import Caller, Seat
from zamaz_debater.desk import Desk, clock
from zamaz_debater.gate import Gate
from zamaz_debater.lease import Outlook
from zamaz_debater.live import Live
from zamaz_debater.pen import Pen
from zamaz_debater.settings import DebaterSettings
from zamaz_debater.waiting import Waiting

HANDS_A_CALL = 2
"""The durable's max_ack_pending bounds the calls of all debaters together; as many hands more leave room for
redeliveries of turns that are in work here, which only wait."""

_QUIET = ("httpx2", "httpcore2", "openai", "anthropic")


def build(settings: DebaterSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError for a models.yaml that is wrong."""
    models = read(settings.definitions / "models.yaml", ModelsFile)
    by = process()
    accesses, own = settings.accesses(models), settings.own_accesses(models)
    made = providers.build(models, accesses, settings.scripts_folder, own)
    # Turns of a provider that this one cannot call are left to a replica that can.
    served = {
        subjects.provider_durable(name): name
        for name in models.providers
        if any(not found.missing for found in (accesses[name], *own[name].values()))
    }
    feeds = [feed for feed in provision.feeds(models.concurrency()) if feed.durable in served]
    seats = {name: Seat(provider, models.providers[name]) for name, provider in made.items()}
    for name in _QUIET:
        logging.getLogger(name).setLevel("WARNING")

    async def prepare(shell: Shell) -> None:
        alive = Alive(shell.nc)
        outlook = Outlook(made)
        presence = Presence(alive, by, outlook.lease)
        caller = Caller(seats, clock, Live(shell.nc), shell.tracing)
        gate = Gate(shell.nc, models.providers, clock)
        await wait_for(gate.there)
        pen = Pen(shell.log)
        waiting = Waiting(shell.nc, pen, clock)
        desk = Desk(pen, Templates(shell.log), alive, by, caller, gate, waiting, clock)
        await asyncio.gather(*(provider.ready() for provider in made.values()))
        await outlook.start()
        await presence.start()
        shell.on_reconnect.append(presence.reconnected)
        shell.out.info("alive", by=by)
        for name in served.values():
            if until := await gate.open_until(name):
                waiting.let_go(name, until)
        for feed in feeds:
            shell.hears(feed, hearing(desk), hands=HANDS_A_CALL * models.providers[served[feed.durable]].concurrency)

    return Shell("debater", settings, turn.FOLDING, feeds, prepare)


def hearing(desk: Desk) -> Hear:
    """How a delivered turn reaches the desk. A body that is no TurnRequested becomes a dead letter."""

    async def hear(named: subjects.Name, heard: Delivery) -> list[str]:
        asked = decode(heard.subject, heard.body)
        if isinstance(asked, Malformed):
            raise Terminate(f"no good TurnRequested: {asked.why}")
        return await desk.hear(named.debate, asked, heard) if isinstance(asked, TurnRequested) else []

    return hear
