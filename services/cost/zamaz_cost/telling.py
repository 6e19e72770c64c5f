"""Raises alerts, and sends each of them once: what was sent stands in the log as AlertSent.

A crash between the sending and AlertSent sends it once more.
"""

from __future__ import annotations

import asyncio

import structlog

from zamaz import subjects
from zamaz.definition import AlertsFile
from zamaz.events import decode
from zamaz.events.cost import AlertRaised, AlertSent
from zamaz.events.debater import ArgumentPresented
from zamaz.log import Log
from zamaz.service.delivery import Delivery, GiveBack
from zamaz_cost.alerts import Pace, raised
from zamaz_cost.sending import Sender

TRIES = 6
MOST_S = 300.0


class Alarm:
    """What facts make alerts of, and where those go."""

    def __init__(self, log: Log, file: AlertsFile, sender: Sender) -> None:
        self._log, self._file, self._sender = log, file, sender
        self._pace = Pace(file)
        self._taken: dict[tuple[str, str], set[str]] = {}
        self._out = structlog.get_logger("zamaz.cost.alerts")

    async def look(self, id_: str, fact: object, delivery: Delivery) -> list[str]:
        """Raise what a fact is worth."""
        found = list(raised(self._file, id_, fact))
        if isinstance(fact, ArgumentPresented):
            found += self._pace.hear(fact, delivery.stored_at)
        stands = [await self._log.append(one.id, one.alert, because=delivery.id) for one in found]
        return [AlertRaised.__name__ for one in stands if one.ours and one.new]

    async def hear(self, named: subjects.Name, delivery: Delivery) -> list[str]:
        """A refusal, a share that is spent, or an alert to send. Raises GiveBack where a channel did not take it."""
        fact = decode(delivery.subject, delivery.body)
        if not isinstance(fact, AlertRaised):
            return await self.look(named.debate, fact, delivery)
        if not fact.channels or await self._is_sent(named.debate, fact):
            return []
        taken = self._taken.setdefault((named.debate, fact.alert), set())
        waiting = [channel for channel in fact.channels if channel not in taken]
        sendings = (self._sender.send(fact, channel) for channel in waiting)
        took = await asyncio.gather(*sendings, return_exceptions=True)
        for channel, outcome in zip(waiting, took, strict=True):
            if outcome is True:
                taken.add(channel)
            elif outcome is not False:  # of its words nothing: they may hold the URL, and so a password
                self._out.error("a channel's sender broke", channel=channel, error=type(outcome).__name__)
        failed = tuple(channel for channel in fact.channels if channel not in taken)
        if failed and delivery.tries < TRIES:
            raise GiveBack(min(MOST_S, 2.0**delivery.tries), f"{', '.join(failed)} did not take {fact.alert}")
        self._taken.pop((named.debate, fact.alert), None)
        sent = tuple(channel for channel in fact.channels if channel in taken)
        told = AlertSent(alert=fact.alert, channels=sent, failed=failed, tries=delivery.tries)
        await self._log.append(named.debate, told, because=delivery.id)
        return [AlertSent.__name__]

    async def _is_sent(self, id_: str, fact: AlertRaised) -> bool:
        return await self._log.last(subjects.name("cost", id_, AlertSent.__name__, fact.alert)) is not None
