"""What a debate takes: facts, JSON, stored records, and bytes in the stream's folder under s2.

The server compresses a block of the log when it is full (8 MB), so the last one's share is reckoned at the rate of
the others; where none is full yet, nothing is held against the aim.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zamaz import subjects
from zamaz.events import Fact, encode
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented

from bench.house import House
from bench.report import Aim, Row, Section

AIM = Aim(3, 1.6, "ratio")


@dataclass
class Content:
    """What stands in the log: debates, their facts, bytes of their JSON, of the text in it, and as stored."""

    debates: int
    facts: int
    json_bytes: int
    text_bytes: int
    stored_bytes: int


def text_bytes(fact: object) -> int:
    """What people and models wrote: questions, arguments and positions, each counted where it was said."""
    if isinstance(fact, DebateRequested):
        return len("".join((fact.question, fact.context, *fact.options)).encode())
    if isinstance(fact, ArgumentPresented):
        return len(fact.argument.encode()) + len((fact.position or "").encode())
    return 0


async def content(house: House) -> Content:
    """What the house's log holds now."""
    heard = await house.facts()
    state = (await house.client.nc.jetstream().stream_info(subjects.EVENTS)).state
    written = [encode(one.fact) for one in heard if isinstance(one.fact, Fact)]
    return Content(
        len({one.debate for one in heard}),
        len(heard),
        sum(map(len, written)),
        sum(text_bytes(one.fact) for one in heard),
        state.bytes,
    )


def told(found: Content, server_folder: Path) -> Section:
    """The rows, out of the files that a stopped server left."""
    stream = next((server_folder / "jetstream").rglob(f"streams/{subjects.EVENTS}"))
    blocks = sorted((stream / "msgs").glob("*.blk"), key=lambda path: int(path.stem))
    sizes = [path.stat().st_size for path in blocks]
    index = sum(path.stat().st_size for path in (stream / "msgs").iterdir() if path.suffix != ".blk")
    full, last = sum(sizes[:-1]), sizes[-1]
    rate = full / (found.stored_bytes - last) if full else 1.0
    disk = found.stored_bytes * rate + index
    of_text = found.text_bytes / found.debates

    def row(name: str, total: float, aim: Aim | None = None) -> Row:
        return Row(name, "bytes a debate", [total / found.debates], [of_text], aim)

    rows = [
        row("JSON of the facts", found.json_bytes),
        row("stored, headers and names included", found.stored_bytes),
        row("on disk, s2 and index included", disk, AIM if full else None),
    ]
    return Section("disk", "disk (floor: the text that was written)", rows, {
        "log": {
            "debates": found.debates, "facts a debate": found.facts / found.debates, "full blocks": len(sizes) - 1,
            "s2 over stored": rate, "index bytes a debate": index / found.debates,
            "bytes in the folder now": sum(sizes) + index,
        }
    })  # fmt: skip
