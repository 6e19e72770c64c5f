"""A pull loop that asks only for free hands, so that every message it holds is being worked on and beaten.

Nothing is prefetched: what waits on the server can be taken by another replica.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from zamaz.inbox import header
from zamaz.service.delivery import Delivery, GiveBack, Terminate, delivery, give_back_delay

EXPIRES_S = 5.0
IDLE_S = 6.0
TIMED_OUT = "408"
Hear = Callable[[Delivery], Awaitable[None]]
_log = logging.getLogger("zamaz.pull")


class Pull:
    """Hear a durable consumer with `hands` messages in work at once; `ack_wait` (seconds) is the consumer's."""

    def __init__(self, nc: Nats, stream: str, durable: str, hear: Hear, *, hands: int, ack_wait: float) -> None:
        self._nc, self._hear, self._hands, self._ack_wait = nc, hear, hands, ack_wait
        self._ask_on = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._box = nc.new_inbox()
        self._held: dict[str, asyncio.Task[None]] = {}
        self._asked = 0
        self._last = 0.0
        self._stopping = False
        self._beating: list[asyncio.Task[None]] = []
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        """Begin to hear."""
        self._subscription = await self._nc.subscribe(self._box, cb=self._got)
        self._beating = [asyncio.create_task(self._beat()), asyncio.create_task(self._watch())]
        await self._ask()

    async def again(self) -> None:
        """Ask anew: a pull request dies with the server, and nothing tells."""
        self._asked = 0
        await self._ask()

    async def stop(self, patience: float) -> None:
        """Ask for nothing more and let what is in work end, for at most `patience` seconds."""
        self._stopping = True
        if self._subscription:
            with contextlib.suppress(Exception):
                await self._subscription.unsubscribe()
        if self._held:
            await asyncio.wait(self._held.values(), timeout=patience)
        for task in self._beating:
            task.cancel()

    async def _ask(self) -> None:
        free = self._hands - len(self._held) - self._asked
        if self._stopping or not self._nc.is_connected or free <= 0 or (self._asked and free < self._hands // 2):
            return
        self._asked += free
        body = b'{"batch":%d,"expires":%d}' % (free, int(EXPIRES_S * 1e9))
        with contextlib.suppress(Exception):
            await self._nc.publish(self._ask_on, body, reply=self._box)

    async def _got(self, message: Msg) -> None:
        self._last = asyncio.get_running_loop().time()
        if not message.reply:  # nothing to ack: the server's own word, and not a fact with a header of that name
            await self._given_up(header(message, "Status"), message)
            return
        self._asked = max(0, self._asked - 1)
        if not self._stopping:
            self._held[message.reply] = asyncio.create_task(self._work(message))

    async def _given_up(self, status: str, message: Msg) -> None:
        """The server gives back what it did not fill: after expiry at once, in trouble after a breath."""
        self._asked = max(0, self._asked - int(header(message, "Nats-Pending-Messages") or self._asked))
        if status != TIMED_OUT:
            await asyncio.sleep(0.25)
        await self._ask()

    async def _work(self, message: Msg) -> None:
        answer, tries = b"+ACK", 1
        try:
            heard = delivery(message)
            tries = heard.tries
            await self._hear(heard)
        except GiveBack as wait:
            answer = b'-NAK {"delay":%d}' % int(wait.delay * 1e9)
        except Terminate as end:
            answer = b"+TERM " + end.reason.encode()
        except Exception:  # noqa: BLE001 - the one place: whatever went wrong, the delivery goes back and is counted
            _log.exception("gave back %s (delivery %d)", message.subject, tries)
            answer = b'-NAK {"delay":%d}' % int(give_back_delay(tries) * 1e9)
        finally:
            self._held.pop(message.reply, None)
        with contextlib.suppress(Exception):
            await self._nc.publish(message.reply, answer)
        await self._ask()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._ack_wait / 3)
            for reply in list(self._held):
                with contextlib.suppress(Exception):
                    await self._nc.publish(reply, b"+WPI")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1)
            if asyncio.get_running_loop().time() - self._last > IDLE_S:
                self._last = asyncio.get_running_loop().time()
                await self.again()
