from __future__ import annotations

import pytest
from nats.aio.client import Client

from zamaz.connection import Connection


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
    wanted = Client._parse_header_lines(block)
    found = Connection._parse_header_lines(block)
    assert {name: value for name, value in found.items() if name.isascii()} == wanted
