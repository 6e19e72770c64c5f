"""The process around a voice: FastStream for lifecycle, health and metrics; our own loop for hearing."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
import uvloop
from faststream.asgi import AsgiFastStream, make_ping_asgi
from nats.aio.client import Client as Nats

from zamaz import connection, subjects
from zamaz.decider import Folding
from zamaz.errors import Gone, InvalidNameError, LogError
from zamaz.log import Log
from zamaz.provision import Feed, check
from zamaz.service import docs, http, logs, tracing
from zamaz.service.broker import Broker
from zamaz.service.complaints import Complaints
from zamaz.service.delivery import Delivery, GiveBack, Terminate
from zamaz.service.door import Door, wait_for
from zamaz.service.lag import Lag
from zamaz.service.measures import Measures
from zamaz.service.metrics import OTHER, WAKE, Metrics
from zamaz.service.pull import Pull
from zamaz.service.settings import ServiceSettings
from zamaz.service.tracing import Hear as Hear

Prepare = Callable[["Shell"], Awaitable[None]]


ENDING = (signal.SIGTERM, signal.SIGINT)
FLUSH_S = 3.0
YOUNG = 10_000
"""Objects after which the garbage collector looks for rings among the new ones. A debate leaves next to none."""


def _keep_what_stands() -> None:
    """Modules, definitions and templates stay: the garbage collector need not walk them over and over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def _leave_at_once(*_: object) -> None:
    os._exit(0)


class Shell:
    """One service process. `folding` is how it reads debates, and whose voice it has.

    `prepare` runs once the server answers and the service's feeds are in place; there the service builds what
    it needs out of `shell.log` and calls `shell.hears`. `stopping` runs before the connection closes.
    """

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        folding: Folding[Any],
        feeds: list[Feed],
        prepare: Prepare,
        stopping: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        logs.configure(name, settings.log_level, settings.log_format)
        self.name, self.settings, self.metrics = name, settings, Metrics(name)
        self.tracing = tracing.begin(name, settings.otlp_endpoint)
        self.out = structlog.get_logger(f"zamaz.{name}")
        self._lag = Lag(self.metrics, feeds)
        self._feeds, self._prepare, self._stopping = feeds, prepare, stopping
        self._pulls: list[Pull] = []
        self._door, self._leaving = Door(name, settings), False
        self.on_reconnect: list[Callable[[], Awaitable[None]]] = []
        self.broker = self._broker()
        self.app = AsgiFastStream(
            self.broker,
            asgi_routes=[
                ("/health", make_ping_asgi(self.broker, timeout=2.0)),
                *http.metrics(self.metrics.registry, self._look),
                *http.docs(lambda: docs.document(name, folding, feeds)),
            ],
            logger=None,
            on_startup=[self._start],
            after_startup=[self._listen],
            on_shutdown=[self._stop],
            after_shutdown=[self._stopped],
        )

    def _broker(self) -> Broker:
        opts = connection.options(self.name, on_reconnect=self._reconnected)
        opts |= {"error_cb": Complaints(self.metrics, self._closed).hear, "closed_cb": self._closed}
        return Broker(
            self.settings.nats_url,
            graceful_timeout=self.settings.stop_patience,
            logger=None,
            # Its dependency injection runs in threads, several times the cost of hearing.
            apply_types=False,
            security=self._door.key(),
            **opts,
        )

    @property
    def nc(self) -> Nats:
        """The open connection."""
        found: Nats = self.broker.connection
        return found

    async def _start(self) -> None:
        # Until it listens, nothing is in work: waiting for a server must end at the first word.
        self._graceful = {number: signal.signal(number, _leave_at_once) for number in ENDING}
        await wait_for(self._door.knock)
        await self.broker.connect()
        await wait_for(self._provisioned)
        self.log = Log(self.nc, self.name, stored=Measures(self.metrics), trace=self.tracing.traceparent)
        await self._prepare(self)
        for number, handler in self._graceful.items():
            signal.signal(number, handler)

    async def _provisioned(self) -> None:
        await check(self.nc, self._feeds)

    async def _closed(self) -> None:
        """Unless that is our own doing, the server sent us away for good: our key was taken from it, say. Nothing
        can be said any more, so whoever runs us starts us again, to wait at the door."""
        if not self._leaving:
            self.out.error("sent away by the server")
            os._exit(1)

    def hears(self, feed: Feed, hear: Hear, *, hands: int) -> None:
        """Hear a feed with `hands` deliveries in work at once. `hear` answers the types of what it said."""

        async def work(delivery: Delivery) -> None:
            await self.work(delivery, hear)

        self._pulls.append(Pull(self.nc, feed.stream, feed.durable, work, hands=hands, ack_wait=feed.ack_wait))

    async def work(self, delivery: Delivery, hear: Hear) -> None:
        """One delivery through `hear`, measured and logged. A name that is none becomes a dead letter."""
        began, outcome = time.perf_counter(), "error"
        kind = OTHER
        try:
            named = self._name(delivery)
            kind = named.type
            said = await self.tracing.hear(named, delivery, hear)
            outcome = "ack"
            if said:
                self.out.info("decided", debate=named.debate, heard=kind, said=said)
        except Gone as gone:
            outcome = "ack"
            self.out.info("left alone", debate=named.debate, heard=kind, because=str(gone))
        except GiveBack:
            outcome = "later"
            raise
        except Terminate as end:
            outcome = "dead"
            self.metrics.dead(kind)
            self.out.error("dead letter", subject=delivery.subject[:200], because=end.reason)
            raise
        except LogError:
            self.metrics.error("log")
            raise
        except Exception:
            self.metrics.error("service")
            raise
        finally:
            self.metrics.heard(kind, outcome, time.perf_counter() - began)

    @staticmethod
    def _name(delivery: Delivery) -> subjects.Name:
        if debate := subjects.woken(delivery.subject):
            return subjects.Name("timer", debate, WAKE, "")
        try:
            return subjects.parse(delivery.subject)
        except InvalidNameError as error:
            raise Terminate(str(error)) from error

    async def _listen(self) -> None:
        _keep_what_stands()
        for pull in self._pulls:
            await pull.start()
        self.out.info("listening", feeds=[feed.durable for feed in self._feeds])

    async def _reconnected(self) -> None:
        self.out.warning("reconnected")
        for hook in [*self.on_reconnect, *(pull.again for pull in self._pulls)]:
            await hook()

    async def _stop(self) -> None:
        self._leaving = True
        self.out.info("stopping")
        await asyncio.gather(*(pull.stop(self.settings.stop_patience) for pull in self._pulls))
        if self._stopping:
            await self._stopping()

    async def _look(self) -> None:
        await self._lag.look(self.nc)

    async def _stopped(self) -> None:
        """After the last call has ended: FastStream waits for those between the two."""
        self.tracing.close(FLUSH_S)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, which end it with exit code 0."""
        for number in ENDING:
            # The HTTP server raises the signal that stopped it once more when it is done.
            signal.signal(number, lambda *_: sys.exit(0))
        uvloop.run(
            self.app.run(
                log_level=logging.WARNING,
                run_extra_options={
                    "host": self.settings.http_host,
                    "port": str(self.settings.http_port),
                    "log_config": None,
                },
            )
        )
