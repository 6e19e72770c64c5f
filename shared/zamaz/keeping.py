"""An operator's work on the log: a debate is erased, archived into a file, or put back from one.

Each of these can be killed at any moment and run again. What is said stands before anything is purged, and a file is
written, synced and read back before that: whatever is missing in the log is told there, and lies in the file.
"""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from nats.errors import Error as NatsError

from zamaz import chain, headers, subjects
from zamaz.chain import Chain, NoExport, Stored
from zamaz.connection import silence
from zamaz.errors import LogError, ZamazError
from zamaz.events import Recorded
from zamaz.events.client import DebateForked
from zamaz.events.debater import CallStarted
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.workflow import DebateStarted
from zamaz.inbox import Inbox
from zamaz.leaving import running_fork, why_not
from zamaz.log import Log
from zamaz.replay import replay
from zamaz.wire import publish

SPOKEN = tuple(voice for voice in subjects.VOICES if voice != "operator")
PURGE = f"$JS.API.STREAM.PURGE.{subjects.EVENTS}"
TRIES = 6
BEING_PUT_BACK = "(being put back)"
"""Where an archive is that is on its way back into the log."""


class CannotLeave(ZamazError):
    """The debate cannot be taken out of the log, or not be put back. The text says why, and what to do."""


class Put(NamedTuple):
    """What came of putting a debate back: how many facts it has, and how many of them stood already."""

    debate: str
    facts: int
    stood: int


class _Purged(msgspec.Struct):
    error: dict[str, Any] | None = None


class Keeper:
    """Works with an operator's key: it purges EVENTS, and puts facts of every voice back."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._inbox = Inbox(log.nc)

    async def erase(self, debate: str, *, by: str, why: str) -> DebateErased:
        """Take a debate out of the log for good. Erasing it again goes on where the first time was interrupted.

        Raises CannotLeave, LogError and ServerUnreachable.
        """
        facts = await self._log.stored(debate)
        made = chain.chained(debate, _own(facts))
        erased: DebateErased | None = await self._left(debate, DebateErased)
        archived: DebateArchived | None = await self._left(debate, DebateArchived)
        if not (erased or archived):
            await self._may_leave(debate, facts)
        if erased is None:
            digest, count = (archived.digest, archived.facts) if archived else (made.head, made.count)
            erased = DebateErased(by=by, why=why, digest=digest, facts=count)
            await self._log.append(debate, erased)
        for voice in SPOKEN:
            await self._purge(subjects.voice_of(voice, debate))
        await self._purge(subjects.name("operator", debate, DebateArchived.__name__))
        if left := _own(await self._log.stored(debate)):
            raise CannotLeave(f"{left[0].subject} was said while {debate} was erased: run it again")
        return erased

    async def archive(self, debate: str, folder: Path, *, by: str) -> Path:
        """Move a debate into `folder`, as `<debate>.json.gz`: its export with the hash chain. Answers the file.

        Archiving it again goes on where the first time was interrupted. Raises CannotLeave, LogError,
        ServerUnreachable, and OSError for a file that cannot be written.
        """
        facts = await self._log.stored(debate)
        if await self._left(debate, DebateErased):
            raise CannotLeave(f"{debate} was erased: there is nothing to archive")
        if stands := await self._left(debate, DebateArchived):
            if stands.where == BEING_PUT_BACK:
                raise CannotLeave(
                    f"{debate} is being put back into the log, or that was interrupted: run `zamaz import archive` "
                    "with its file again, then archive it"
                )
            file = Path(stands.where)
            made = await asyncio.to_thread(_held, file, debate, stands.digest)
            place = await self._place(debate)
            if more := beside(made, _own(facts), place):
                raise CannotLeave(
                    f"{file} does not hold {more[0].subject} at {more[0].seq}, which was said while it was written, so "
                    f"nothing is purged: zamaz import archive {file} puts {debate} back, then archive it again"
                )
        else:
            await self._may_leave(debate, facts)
            file = (folder / f"{debate}.json.gz").resolve()
            made = chain.chained(debate, _own(facts))
            await asyncio.to_thread(_keep, file, made)
            said = DebateArchived(by=by, digest=made.head, where=str(file), facts=made.count)
            marked = await self._log.append(debate, said)
            place = marked.seq
            if not marked.ours:
                raise CannotLeave(f"{debate} was archived by somebody else just now: run it again")
            if chain.chained(debate, _own(await self._log.stored(debate))).head != made.head:
                await self._purge(subjects.name("operator", debate, DebateArchived.__name__))
                raise CannotLeave(f"more was said of {debate} while it was archived: run it again")
        # What is said behind this place is in no file, so it stays; but for what an import has put there.
        for voice in SPOKEN:
            await self._purge(subjects.voice_of(voice, debate), below=place)
        for fact in put_back(made, _own(await self._log.stored(debate))):
            await self._purge(fact.subject)
        return file

    async def is_left_behind(self, debate: str) -> bool:
        """Whether facts of a debate stand in the log: of one that is archived, because that was interrupted."""
        return bool(_own(await self._log.stored(debate)))

    async def restore(self, made: Chain) -> Put:
        """Put the facts of an archive back where they are missing, each with its place and time of before.

        While it is under way DebateArchived stands, so nobody decides anything. Raises NoExport for a file that was
        changed, CannotLeave where other facts stand under the same names, LogError and ServerUnreachable.
        """
        if faults := list(chain.faults(made)):
            raise NoExport(f"it is not as it was exported: {faults[0]}")
        debate, facts = made.debate, [link.stored for link in made.facts]
        if erased := await self._left(debate, DebateErased):
            raise CannotLeave(f"{debate} was erased by {erased.by or 'somebody'} ({erased.why}): it is not put back")
        stands = {one.subject: one for one in _own(await self._log.stored(debate))}
        if other := [one.subject for one in facts if one.subject in stands and stands[one.subject].body != one.body]:
            raise CannotLeave(f"{debate} stands in the log with another {other[0]}: nothing was put back")
        missing = [one for one in facts if one.subject not in stands]
        if missing:
            held = DebateArchived(by="", digest=made.head, where=BEING_PUT_BACK, facts=made.count)
            await self._log.append(debate, held)
        for fact in sorted(missing, key=comes_later):
            await self._put(fact)
        wanted = {one.subject for one in facts}
        put = [one for one in _own(await self._log.stored(debate)) if one.subject in wanted]
        if chain.chained(debate, put).head != made.head:
            raise CannotLeave(
                f"{debate} is not in the log as it is in the archive: look with `zamaz verify --against-log`"
            )
        await self._purge(subjects.name("operator", debate, DebateArchived.__name__))
        return Put(debate, len(facts), len(facts) - len(missing))

    async def _left(self, debate: str, kind: type[Any]) -> Any:
        """The operator's own word of a kind about a debate."""
        stands = await self._log.last(subjects.name("operator", debate, kind.__name__))
        return stands.fact if stands and isinstance(stands.fact, kind) else None

    async def _may_leave(self, debate: str, facts: Sequence[Stored]) -> None:
        own = [fact.recorded() for fact in facts]
        if not own:
            raise CannotLeave(f"there is no debate {debate}")
        if why := why_not(debate, own, datetime.now(UTC)):
            raise CannotLeave(why)
        async for fork in self._forks(debate):
            forked = [fact.recorded() for fact in await self._log.stored(fork)]
            if why := running_fork(debate, fork, forked):
                raise CannotLeave(why)

    async def _forks(self, debate: str) -> AsyncIterator[str]:
        filters = (subjects.each("client", DebateForked.__name__, keyed=False),)
        async for batch in replay(self._log.nc, 1, filters):
            for heard in batch:
                if _is_fork_of(debate, heard):
                    yield heard.debate

    async def _place(self, debate: str) -> int:
        """Where DebateArchived stands."""
        stands = await self._log.last(subjects.name("operator", debate, DebateArchived.__name__))
        return stands.seq if stands else 0

    async def _purge(self, pattern: str, below: int = 0) -> None:
        """Everything under a filter, or what stands before the sequence `below`."""
        body = {"filter": pattern, **({"seq": below} if below else {})}
        try:
            reply = await self._log.nc.request(PURGE, msgspec.json.encode(body), timeout=30)
        except (NatsError, TimeoutError) as error:
            raise silence(self._log.nc, error) from error
        if refused := msgspec.json.decode(reply.data, type=_Purged).error:
            raise LogError(f"{pattern} was not purged: {refused.get('description')}")

    async def _put(self, fact: Stored) -> None:
        """One fact as it was; one that stands by now is fine, the chain tells whether it is the same."""
        heads = headers.as_it_was(fact.subject, fact.seq, fact.time)
        for _ in range(TRIES):
            ack = await publish(self._inbox, fact.subject, fact.body, heads, 2.0)
            if ack and (ack.error is None or await self._log.last(fact.subject)):
                return
        raise LogError(f"{fact.subject} could not be put back")


def _own(facts: Sequence[Stored]) -> list[Stored]:
    """Without what an operator said."""
    return [fact for fact in facts if subjects.parse(fact.subject).voice != "operator"]


def comes_later(fact: Stored) -> bool:
    """Whether a fact is put back behind what calls cost: what the cost service hears is, so that it prices nothing
    anew. Whose debate it is and which calls were made comes with the prices: views tell by them whom to charge."""
    named = subjects.parse(fact.subject)
    return named.voice not in ("client", "cost") and named.type not in (DebateStarted.__name__, CallStarted.__name__)


def _is_fork_of(debate: str, heard: Recorded) -> bool:
    return isinstance(heard.fact, DebateForked) and heard.fact.parent == debate


def _keep(file: Path, made: Chain) -> None:
    """The file, on the disk for certain and read back. Raises OSError and NoExport."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    with new.open("wb") as out:
        out.write(gzip.compress(chain.write(made).encode(), mtime=0))
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    _held(file, made.debate, made.head)


def _held(file: Path, debate: str, digest: str) -> Chain:
    """What the file holds. Raises CannotLeave where that is not what it must be: then nothing is purged."""
    try:
        made = chain.read(file.read_bytes())
        fault = next(chain.faults(made), None)
    except (OSError, NoExport) as error:
        raise CannotLeave(f"the archive of {debate} cannot be read, so nothing is purged: {error}") from error
    if fault or (made.debate, made.head) != (debate, digest):
        raise CannotLeave(f"{file} is not the archive of {debate} that ends in {digest}, so nothing is purged")
    return made


def beside(made: Chain, facts: Sequence[Stored], place: int) -> list[Stored]:
    """The facts that stand before a place in the log, and that an archive does not hold."""
    held = {(link.subject, link.stored.body) for link in made.facts}
    return [fact for fact in facts if fact.seq < place and (fact.subject, fact.body) not in held]


def put_back(made: Chain, facts: Sequence[Stored]) -> list[Stored]:
    """The facts that an archive holds."""
    held = {(link.subject, link.stored.body) for link in made.facts}
    return [fact for fact in facts if (fact.subject, fact.body) in held]
