"""`python -m bench.bare URL PART`: a plain nats-py service. It hears a message on its durable pull consumer, appends
the next, acknowledges. Two of them, asker and answerer, pass a chain of seven questions to and fro: the floor of hops.
"""

from __future__ import annotations

import asyncio
import sys

import nats
import uvloop

STREAM = "BARE"
PARTS = {"asker": ("bare.*.request.*", "bare.*.answer.*"), "answerer": ("bare.*.ask.*",)}
HANDS = 64
CALLS = 7
ASK = b"a question of the usual length, with what belongs to it. " * 5
ANSWER = b"an answer of about one kilobyte, of which nobody reads a word. " * 16


def following(subject: str) -> tuple[str, bytes]:
    """The message that `bare.<chain>.<kind>.<n>` is answered with."""
    _, chain, kind, number = subject.split(".")
    if kind == "ask":
        return f"bare.{chain}.answer.{number}", ANSWER
    if int(number) == CALLS:
        return f"bare.{chain}.done.{number}", ANSWER
    return f"bare.{chain}.ask.{int(number) + 1}", ASK


async def serve(url: str, part: str) -> None:
    """Hear and append, `HANDS` at once, until killed."""
    nc = await nats.connect(url)
    js = nc.jetstream()

    async def hand() -> None:
        feed = await js.pull_subscribe_bind(consumer=part, stream=STREAM)
        while True:
            try:
                (message,) = await feed.fetch(1, timeout=10)
            except TimeoutError:
                continue
            await js.publish(*following(message.subject))
            await message.ack()

    await asyncio.gather(*(hand() for _ in range(HANDS)))


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
