"""nats-py's client, which reads what comes in at half the cost.

Nothing is understood otherwise than there: only whole messages are taken off the wire here, and their headers; the
server's other words are left to nats-py.
"""

from __future__ import annotations

from nats.aio.client import Client
from nats.errors import ProtocolError
from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

LINE = b"\r\n"
PLAIN, WITH_HEADERS = b"MSG ", b"HMSG "
LONG = 64 * 1024
"""Bytes of a message that comes in more pieces than are worth looking at again with each."""


class Connection(Client):
    """A connection to the server."""

    def __init__(self) -> None:
        super().__init__()
        self._ps = ReadingParser(self)

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        """Line by line, where nats-py looks at each letter of a name."""
        found: dict[str, str] = {}
        for line in raw.decode("utf-8", "replace").split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                found[name.strip()] = value.strip()
        return found


class ReadingParser(Parser):
    """Splits a message's first line, where nats-py tries one pattern after the other on it."""

    async def parse(self, data: bytes = b"") -> None:
        """Read what has come, as far as it is whole. Raises ProtocolError."""
        self.buf.extend(data)
        if self.state != AWAITING_CONTROL_LINE or not await self._messages(self.buf):
            await super().parse()

    async def _messages(self, buffer: bytearray) -> bool:
        """Hand on the messages that are there as a whole, and take them off the buffer. Whether all that is left is a
        part of another one; a long one is left to nats-py, which looks at it no more until it is whole."""
        came, at = bytes(buffer), 0
        try:
            while came.startswith((PLAIN, WITH_HEADERS), at) and (end := came.find(LINE, at)) >= 0:
                number, subject, reply, head, size = _first_line(came[at:end])
                first, last = end + len(LINE), end + len(LINE) + size
                if last + len(LINE) > len(came):
                    return size < LONG
                at = last + len(LINE)
                headers = came[first : first + head] if head else None
                await self.nc._process_msg(number, subject, reply, came[first + head : last], headers)
            return len(came) - at < LONG and came.startswith((PLAIN, WITH_HEADERS), at)
        finally:
            del buffer[:at]


def _first_line(line: bytes) -> tuple[int, bytes, bytes, int, int]:
    """Subscription, subject, reply, bytes of headers, bytes of all, out of `MSG <subject> <sid> [reply] <all>` or
    `HMSG <subject> <sid> [reply] <headers> <all>`. Raises ProtocolError."""
    try:
        verb, subject, number, *between, size = line.split()
        head = int(between.pop()) if verb == b"HMSG" else 0
        (reply,) = between or (b"",)
        return int(number), subject, reply, head, int(size)
    except (ValueError, IndexError) as error:
        raise ProtocolError("nats: malformed MSG") from error
