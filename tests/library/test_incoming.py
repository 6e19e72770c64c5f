from __future__ import annotations

import asyncio
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

from zamaz.incoming import LONG, Connection, ReadingParser

HEADERS = b"NATS/1.0\r\nce-id: 1\r\n\r\n"
WIRE = b"".join(
    (
        b'INFO {"server_id": "one"}\r\n',
        b"MSG evt.client.d.X 7 5\r\nhello\r\n",
        b"HMSG evt.client.d.X 7 $JS.ACK.1 %d %d\r\n%sMSG a 1 1\r\n\r\n" % (len(HEADERS), len(HEADERS) + 11, HEADERS),
        b"PING\r\n",
        b"MSG a.b  12  inbox.1  0\r\n\r\n",
        b"HMSG a 1 %d %d\r\n%s\r\n" % (len(HEADERS), len(HEADERS), HEADERS),
        b"-ERR 'Slow Consumer'\r\nPONG\r\n+OK\r\nMSG x 1 2\r\nok\r\n",
    )
)


@pytest.mark.parametrize(
    "block",
    [
        b"ce-id: 1\r\nce-time: 2026-01-01T00:00:00Z\r\n\r\n",
        b"Name:value\r\nOther:\t value with: colons \r\n\r\n",
        "näme: x\r\nname: wörds\r\n\r\n".encode(),
        b"broken: \xff\xfe\r\nno colon\r\n empty:\r\n\r\n",
        b"",
    ],
)
def test_headers_are_read_as_the_client_library_reads_them(block: bytes):
    found = Connection._parse_header_lines(block)
    assert {name: value for name, value in found.items() if name.isascii()} == Client._parse_header_lines(block)


class FakeConnection:
    """What a parser hands on."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def _process_msg(self, *message: object) -> None:
        self.heard.append(message)

    async def _process_info(self, info: object) -> None:
        self.heard.append(info)

    async def _process_err(self, words: str) -> None:
        self.heard.append(words)

    async def _process_ping(self) -> None:
        self.heard.append("ping")

    async def _process_pong(self) -> None:
        self.heard.append("pong")


def heard(kind: type[Parser], pieces: list[bytes]) -> list[Any]:
    async def read() -> list[Any]:
        connection = FakeConnection()
        parser = kind(connection)
        for piece in pieces:
            await parser.parse(piece)
        assert not parser.buf
        return connection.heard

    return asyncio.run(read())


def test_what_comes_is_understood_as_the_client_library_understands_it_wherever_it_is_cut():
    wanted = heard(Parser, [WIRE])
    assert len(wanted) == 9
    assert heard(ReadingParser, [WIRE]) == wanted
    assert heard(ReadingParser, [bytes([byte]) for byte in WIRE]) == wanted
    for cut in range(1, len(WIRE)):
        assert heard(ReadingParser, [WIRE[:cut], WIRE[cut:]]) == wanted, f"cut at {cut}"


def test_a_long_message_that_comes_in_many_pieces_is_whole():
    long = b"MSG a 1 %d\r\n%s\r\n" % (10 * LONG, b"x" * (10 * LONG))
    wire = WIRE + long + WIRE + long + WIRE
    pieces = [wire[at : at + 30_000] for at in range(0, len(wire), 30_000)]
    assert heard(ReadingParser, pieces) == heard(Parser, [wire])


@pytest.mark.parametrize("line", [b"MSG a\r\n", b"HMSG a 1 x 3\r\nabc\r\n", b"MSG a 1 2 3 4 5\r\nabc\r\n", b"NO\r\n"])
def test_what_is_no_message_is_a_breach_of_the_protocol(line: bytes):
    with pytest.raises(ProtocolError):
        heard(ReadingParser, [line])
