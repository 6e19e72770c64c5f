"""A debate's facts as they stand in the log, in one file, bound to each other by a hash chain.

The file is JSON: `format`, `debate`, `count`, `head` and `facts`, a list in the log's order. A fact has `seq` (its
sequence in the log), `subject` (its name), `time` (when the server stored it, RFC 3339), `body` (its stored bytes as
UTF-8 text; `base64` instead, where they are none), and two links of 64 lower-case hex digits, `previous` and `link`.

How to check it, in any language; `+` joins bytes, numbers are decimal, "\\n" is one line feed, texts are UTF-8:

    start = sha256("zamaz-chain-1\\n" + debate)
    link  = sha256(previous + "\\n" + subject + "\\n" + seq + "\\n" + time + "\\n" + body)

The first fact's `previous` is `start`, every other's the `link` before it; `head` is the last `link` (`start` where
there is no fact) and `count` the number of facts. `previous` goes in as its hex digits. No subject, number or time
holds a line feed (a time that is none is a fault), so what is hashed can be read in one way only.

What that proves: nothing in the file was changed by somebody who did not compute the links anew. Whoever does makes
another `head`: keep the head in another place, or compare with the log.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from zamaz import subjects
from zamaz.errors import InvalidNameError, ZamazError
from zamaz.events import Recorded, decode

FORMAT = "zamaz-chain-1"
GZIP = b"\x1f\x8b"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class NoExport(ZamazError):
    """The file is no export of a debate, or one that this version cannot read."""


class Stored(NamedTuple):
    """A fact as the log holds it: `time` is the server's RFC 3339 time of storing, `body` the bytes."""

    seq: int
    subject: str
    time: str
    body: bytes

    def recorded(self) -> Recorded:
        """The fact itself. Raises InvalidNameError where the subject is no fact's name."""
        named = subjects.parse(self.subject)
        fact = decode(self.subject, self.body)
        return Recorded(self.seq, named.debate, named.voice, fact, self.time, subjects.fact_id(self.subject))


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One fact of the file. Exactly one of `body` and `base64` is there."""

    seq: int
    subject: str
    time: str
    body: str | None = None
    base64: str | None = None
    previous: str
    link: str

    @property
    def stored(self) -> Stored:
        """The fact without its links. Raises NoExport where its body is none."""
        match self.body, self.base64:
            case str() as text, None:
                return Stored(self.seq, self.subject, self.time, text.encode())
            case None, str() as encoded:
                return Stored(self.seq, self.subject, self.time, self._decoded(encoded))
        raise NoExport(f"{self.subject[:200]!r} must have either a body or base64")

    def _decoded(self, encoded: str) -> bytes:
        try:
            body = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise NoExport(f"{self.subject[:200]!r} has no good base64: {error}") from error
        if base64.b64encode(body).decode() != encoded:
            raise NoExport(f"{self.subject[:200]!r} has base64 with stray bits at its end")
        return body


class Chain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole file."""

    format: str
    debate: str
    count: int
    head: str
    facts: tuple[Link, ...]


class Fault(NamedTuple):
    """Something that is not as it was exported. `place` names the fact, `what` says how it differs."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def start(debate: str) -> str:
    """What the first fact of a debate is linked to."""
    return hashlib.sha256(f"{FORMAT}\n{debate}".encode()).hexdigest()


def link(previous: str, fact: Stored) -> str:
    """The link of a fact that follows `previous`."""
    head = f"{previous}\n{fact.subject}\n{fact.seq}\n{fact.time}\n"
    return hashlib.sha256(head.encode() + fact.body).hexdigest()


def chained(debate: str, facts: Iterable[Stored]) -> Chain:
    """The chain over the facts of a debate, which come in the log's order."""
    links: list[Link] = []
    previous = start(debate)
    for fact in facts:
        new = link(previous, fact)
        links.append(_linked(fact, previous, new))
        previous = new
    return Chain(format=FORMAT, debate=debate, count=len(links), head=previous, facts=tuple(links))


def _linked(fact: Stored, previous: str, new: str) -> Link:
    try:
        text, encoded = fact.body.decode("utf-8"), None
    except UnicodeDecodeError:
        text, encoded = None, base64.b64encode(fact.body).decode()
    return Link(
        seq=fact.seq, subject=fact.subject, time=fact.time, body=text, base64=encoded, previous=previous, link=new
    )


def write(chain: Chain) -> str:
    """The file: a line for what it is, then a line a fact."""
    head = msgspec.json.encode(msgspec.structs.replace(chain, facts=())).decode().removesuffix("[]}")
    facts = ",\n".join(msgspec.json.encode(fact).decode() for fact in chain.facts)
    return f"{head}[\n{facts}\n]}}\n"


def read(data: bytes) -> Chain:
    """The chain of a file, compressed with gzip or not; unchecked. Raises NoExport."""
    try:
        data = gzip.decompress(data) if data.startswith(GZIP) else data
        chain = msgspec.json.decode(data, type=Chain)
    except (msgspec.DecodeError, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        raise NoExport(f"it is no export of a debate: {error}") from error
    if chain.format != FORMAT:
        raise NoExport(f"its format is {chain.format[:40]!r}, and this version knows {FORMAT!r}")
    return chain


def faults(chain: Chain) -> Iterator[Fault]:
    """What was changed, dropped, swapped, inserted or renamed, fact by fact. Raises NoExport."""
    known = {fact.link: fact for fact in chain.facts}
    before, at = start(chain.debate), 0
    last = "the beginning"
    for fact in chain.facts:
        if not _TIME.fullmatch(fact.time):
            yield Fault(_place(fact), "its time is none")
        if link(fact.previous, fact.stored) != fact.link:
            yield Fault(_place(fact), "its name, sequence, time, body or link was changed")
        if fact.previous != before:
            yield Fault(_place(fact), _misplaced(fact, last, known, chain.debate))
        if fact.seq <= at:
            yield Fault(_place(fact), f"its sequence does not follow {at}")
        if wrong := _misnamed(fact, chain.debate):
            yield Fault(_place(fact), wrong)
        before, at, last = fact.link, fact.seq, _place(fact)
    if chain.head != before:
        yield Fault(last, "it is not the last fact that was exported: the head is another's, or was changed")
    if chain.count != len(chain.facts):
        yield Fault("the file", f"{chain.count} facts were exported, and {len(chain.facts)} are here")


def _place(fact: Link) -> str:
    return f"{fact.seq} {fact.subject}"


def _misplaced(fact: Link, last: str, known: dict[str, Link], debate: str) -> str:
    if fact.previous == start(debate):
        return f"it was the first fact, and stands behind {last}"
    if there := known.get(fact.previous):
        return f"it was exported behind {_place(there)}, and stands behind {last}"
    return f"a fact is missing, or was changed, between {last} and this one"


def _misnamed(fact: Link, debate: str) -> str:
    try:
        named = subjects.parse(fact.subject)
    except InvalidNameError as error:
        return str(error)
    return "" if named.debate == debate else f"it belongs to the debate {named.debate}, not to {debate}"


def against(chain: Chain, log: Sequence[Stored]) -> Iterator[Fault]:
    """Where a file differs from the log. Facts that the log got later are no difference. Raises NoExport."""
    stands = {fact.seq: fact for fact in log}
    upto = max((fact.seq for fact in chain.facts), default=0)
    here = set()
    for fact in chain.facts:
        here.add(fact.seq)
        other = stands.get(fact.seq)
        if other is None:
            yield Fault(_place(fact), "the log holds no fact of this debate there")
        elif other != fact.stored:
            names = [name for name, a, b in zip(Stored._fields, other, fact.stored, strict=True) if a != b]
            yield Fault(_place(fact), f"the log has another {', '.join(names)}")
    for missed in log:
        if missed.seq <= upto and missed.seq not in here:
            yield Fault(f"{missed.seq} {missed.subject}", "it stands in the log and is missing here")
