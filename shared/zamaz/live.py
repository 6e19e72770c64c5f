"""Answers as they are being written: `live.<debate>.<turn>` on core NATS. Nothing of it is stored, and any of it may be
missed; the log holds the whole answer."""

from __future__ import annotations

import msgspec


class Piece(msgspec.Struct, frozen=True):
    """More of an argument. `at` is how many characters of it went before; `call` is whose text it is: a takeover or a
    repair begins again."""

    call: str
    at: int
    text: str


_DECODER = msgspec.json.Decoder(Piece)


def piece(body: bytes) -> Piece | None:
    """A message of this kind; None for anything else."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
