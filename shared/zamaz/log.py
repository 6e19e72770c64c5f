"""The log: append, read back, load, follow and replay the facts of debates on one JetStream stream."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import NamedTuple, NoReturn, TypeVar

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from zamaz import headers, subjects
from zamaz.chain import Stored
from zamaz.errors import Conflict, LogFull, LogRefused, LogUnavailable, StaleRead
from zamaz.events import Fact, Recorded, decode, encode, once_over, subject_of
from zamaz.inbox import Inbox, header
from zamaz.lineage import with_ancestors
from zamaz.wire import Ack, DirectGets, Problem, publish, sequence

WRONG_LAST, WRONG_LAST_OVER, SAID_BEFORE = 10071, 10164, 10077
BUSY = (429, 500, 503)
UNSETTLED = 4096
T = TypeVar("T")
_STANDS_ALREADY = (WRONG_LAST, WRONG_LAST_OVER, SAID_BEFORE)


class Appended(NamedTuple):
    """Where the fact stands. `ours` is False when another content stood under that name already; `new` tells
    whether this writer put it there, and not another one, or an earlier append, with the same words."""

    seq: int
    ours: bool
    stands: Fact | None = None
    new: bool = True


class _Standing(NamedTuple):
    """What stands under a name, whether it has the words that we tried to say, and whether they are ours."""

    seq: int
    fact: Fact | None
    equal: bool
    new: bool


class Loaded(NamedTuple):
    """Facts in the log's order, complete up to sequence `upto`."""

    facts: list[Recorded]
    upto: int


def place_of(message: Msg) -> int:
    """The sequence at which a fact stands, or stood before it was archived and put back."""
    before = header(message, headers.SEQ)
    return int(before) if before.isascii() and before.isdigit() else sequence(message)


def time_of(message: Msg) -> str:
    """When a fact was stored (RFC 3339), for the first time."""
    return header(message, headers.TIME) or header(message, "Nats-Time-Stamp")


def recorded(message: Msg) -> Recorded | None:
    """A stored message as a fact; None when its subject is no fact's name (said by hand, kept as a gap)."""
    subject = header(message, "Nats-Subject")
    if not subjects.is_name(subject):
        return None
    _, voice, debate, _ = subject.split(".", 3)
    said = header(message, "ce-id") or subjects.fact_id(subject)
    return Recorded(place_of(message), debate, voice, decode(subject, message.data), time_of(message), said)


def unseen(_fact: Fact) -> None:
    """Nobody counts."""


def untraced() -> str:
    """Nobody traces."""
    return ""


class Log:
    """The facts of all debates, on one connection.

    `source` names the speaker in the facts' headers; `timeout` (seconds) bounds one question to the server.
    `stored` is told each fact that an append of ours put there, once, however many writers say the same;
    `trace` gives the traceparent that a fact carries.
    """

    def __init__(
        self,
        nc: Nats,
        source: str,
        timeout: float = 1.0,
        *,
        stored: Callable[[Fact], None] = unseen,
        trace: Callable[[], str] = untraced,
    ) -> None:
        self.nc = nc
        self.source = source
        self._timeout = timeout
        self._stored, self._trace = stored, trace
        self._unsettled: dict[str, str] = {}
        self._inbox = Inbox(nc)
        self._gets = DirectGets(self._inbox)

    async def append(
        self, debate: str, fact: Fact, *, after: int | None = None, over: str = "", because: str = "", tries: int = 6
    ) -> Appended:
        """Say one fact, once for ever.

        With `after` it stands only if the newest fact under `over` (the voice's own facts of the debate
        unless given) stands at that sequence; 0 means that there is none. A refusal, a conflict or a
        timeout is settled by reading back: what stands under the name is the answer.

        Raises Conflict (someone else was faster: fold again), LogRefused, LogFull and LogUnavailable.
        """
        subject, body = subject_of(debate, fact), encode(fact)
        if after is None and (once := once_over(debate, fact)):
            after, over = 0, once
        heads = headers.cloud_event(subject, debate, fact, self.source, because, self._trace())
        heads |= headers.expecting(after, over or subjects.voice_of(fact.voice, debate))
        heads["ce-time"] = self._unsettled.pop(subject, heads["ce-time"])
        maybe_stored = False
        for _ in range(tries):
            ack = await publish(self._inbox, subject, body, heads, self._timeout)
            if ack and not ack.error:
                self._stored(fact)
                return Appended(ack.seq, True)
            refused = _settled(ack)
            maybe_stored = maybe_stored or refused is None
            stands = await self._standing(subject, body, heads, refused=refused is not None)
            if stands and stands.new:
                self._stored(fact)
            if stands and stands.equal and (after is None or over or maybe_stored):
                return Appended(stands.seq, True, fact, stands.new)
            if stands and (after is None or over):
                return Appended(stands.seq, False, stands.fact, False)
            if refused:
                _raise_unless_conflict(refused, subject)
        self._leave_unsettled(subject, heads)
        raise LogUnavailable(f"{subject} could not be stored in {tries} tries")

    async def _standing(self, subject: str, body: bytes, heads: dict[str, str], *, refused: bool) -> _Standing | None:
        """What stands under the name that we tried to say; None where nothing does, or where nobody answers.

        Several writers say the same words: the moment at which each first said them tells whose stands. A decision
        that another worker took with the same words is still that worker's: its consequences are its own to say.
        Raises LogUnavailable after a refusal.
        """
        try:
            message = await self._gets.one(subjects.EVENTS, subject, self._timeout)
        except LogUnavailable:
            if refused:
                self._leave_unsettled(subject, heads)
                raise
            return None
        if message is None or (stands := recorded(message)) is None:
            return None
        fact = stands.fact if isinstance(stands.fact, Fact) else None
        equal = fact is not None and encode(fact) == body
        return _Standing(stands.seq, fact, equal, equal and header(message, "ce-time") == heads["ce-time"])

    def _leave_unsettled(self, subject: str, heads: dict[str, str]) -> None:
        """What was sent may still be stored, even long after: whoever says it again, says it of the same moment."""
        self._unsettled[subject] = heads["ce-time"]
        if len(self._unsettled) > UNSETTLED:
            del self._unsettled[next(iter(self._unsettled))]

    async def last(self, subject: str) -> Recorded | None:
        """The fact that stands under a subject. Raises LogUnavailable."""
        message = await self._gets.one(subjects.EVENTS, subject, self._timeout)
        return recorded(message) if message else None

    async def load(
        self, debate: str, since: int = 1, filters: Sequence[str] = (), *, at_least: int = 0, tries: int = 4
    ) -> Loaded:
        """The facts of a debate from sequence `since` on (all of its voices unless `filters` are given).

        Where DebateForked is among them, those that it shares with its parent come before them, under the parent's
        id; one that cannot be read stands there as Malformed.

        Raises StaleRead when the answer stops short of `at_least`, LogUnavailable when none comes.
        """
        loaded = await _patiently(lambda: self._load(filters or (subjects.all_of(debate),), since, at_least), tries)
        return loaded._replace(facts=await with_ancestors(debate, loaded.facts, self._own))

    async def _own(self, debate: str, filters: Sequence[str]) -> list[Recorded]:
        wanted = filters or (subjects.all_of(debate),)
        return (await _patiently(lambda: self._load(wanted, 1, 0), 4)).facts

    async def newest(self) -> int:
        """The sequence of the newest fact of all; 0 where there is none. Raises LogUnavailable."""
        return await _patiently(lambda: self._gets.newest(subjects.EVENTS, self._timeout), 4)

    async def everywhere(self, filters: Sequence[str], since: int = 1) -> Loaded:
        """The facts of all debates under subjects with wildcards, from sequence `since` on. Raises LogUnavailable."""
        return await _patiently(lambda: self._load(filters, since, 0), 4)

    async def stored(self, debate: str) -> list[Stored]:
        """The facts of a debate as they are stored, byte for byte, in the log's order. Raises LogUnavailable."""
        filters = (subjects.all_of(debate),)
        page = await _patiently(lambda: self._gets.matching(subjects.EVENTS, filters, 1, self._timeout), 4)
        found = [
            Stored(place_of(message), header(message, "Nats-Subject"), time_of(message), message.data)
            for message in page.messages
            if recorded(message)
        ]
        return sorted(found)

    async def _load(self, filters: Sequence[str], since: int, at_least: int) -> Loaded:
        page = await self._gets.matching(subjects.EVENTS, filters, since, self._timeout)
        facts = sorted((fact for fact in map(recorded, page.messages) if fact), key=lambda fact: fact.seq)
        upto = page.upto or (facts[-1].seq if facts else since - 1)
        if upto < at_least:
            raise StaleRead(f"the log answers up to {upto}, but {at_least} is known to stand")
        return Loaded(facts, upto)

    async def follow(self, debate: str, *, since: int = 1, poll: float = 1.0) -> AsyncGenerator[Recorded, None]:
        """Every fact of a debate from `since` on, as it is stored, without end; of a fork its parent's before them.

        A core message is only the knock on the door (it also announces what the log then refuses); what is
        yielded is read from the log. A knock that is lost with the server is made up for every `poll` seconds.
        """
        knock = asyncio.Event()

        async def knocked(_: Msg) -> None:
            knock.set()

        listening = await self.nc.subscribe(subjects.all_of(debate), cb=knocked)
        try:
            while True:
                knock.clear()
                news = await self._news(debate, since)
                since = max(since, news.upto + 1)
                for fact in news.facts:
                    yield fact
                try:
                    await asyncio.wait_for(knock.wait(), poll)
                except TimeoutError:
                    continue
        finally:
            if not self.nc.is_closed:
                await listening.unsubscribe()

    async def _news(self, debate: str, since: int) -> Loaded:
        """What is new; a knock may come a moment before its fact can be read."""
        for pause in (0.002, 0.01, 0.05):
            try:
                if (news := await self.load(debate, since)).facts:
                    return news
            except LogUnavailable:
                break
            await asyncio.sleep(pause)
        return Loaded([], 0)


async def _patiently(read: Callable[[], Awaitable[T]], tries: int) -> T:
    """What `read` answers within so many tries. Raises the last one's LogUnavailable or StaleRead."""
    for n in range(1, tries):
        with contextlib.suppress(LogUnavailable, StaleRead):
            return await read()
        await asyncio.sleep(0.005 * 2**n)
    return await read()


def _raise_unless_conflict(problem: Problem, subject: str) -> NoReturn:
    """Nothing stands under the name: another fact of the voice came first, or the log takes none (it is full)."""
    if problem.err_code == SAID_BEFORE:
        raise LogFull(f"{subject} was not stored: {problem.description}")
    raise Conflict(f"{subject} was not stored: another writer was faster")


def _settled(ack: Ack | None) -> Problem | None:
    """The refusal that reading back settles; None when it is not known what became of the append, or when the
    server is only busy. Raises LogRefused for what trying again cannot change."""
    problem = ack.error if ack else None
    if problem is None or problem.err_code in _STANDS_ALREADY:
        return problem
    if problem.code in BUSY:
        return None
    raise LogRefused(problem.err_code, problem.description)
