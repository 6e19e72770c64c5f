"""What is being written in a debate at this moment, for the live area of a screen."""

from __future__ import annotations

import contextlib

from rich.cells import cell_len

from zamaz.client import Client
from zamaz.live import Piece

LONGEST = 4000
GAP = "… "


class Writing:
    """The newest text of every turn whose argument is being written."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[Piece, str]] = {}

    async def read(self, client: Client, debate: str) -> None:
        """Take in what is told, without end."""
        async with contextlib.aclosing(client.live(debate)) as pieces:
            async for turn, piece in pieces:
                self.take(turn, piece)

    def take(self, turn: str, piece: Piece) -> None:
        """More of a turn. Another call's text begins anew; where pieces are missing there is a gap."""
        last, text = self._texts.get(turn, (Piece("", 0, ""), ""))
        goes_on = last.call == piece.call and last.at + len(last.text) == piece.at
        before = text if goes_on else GAP if piece.at else ""
        self._texts[turn] = piece, (before + piece.text)[-LONGEST:]

    def tails(self, cells: int) -> dict[str, str]:
        """The end of each text, as long as a line of so many cells takes."""
        return {turn: _tail(text, cells) for turn, (_, text) in self._texts.items()}


def _tail(text: str, cells: int) -> str:
    line = " ".join(text.split())
    if cell_len(line) <= cells:
        return line
    tail = line[-cells:]
    while cell_len(tail) + len(GAP) > cells:
        tail = tail[1:]
    return GAP + tail.partition(" ")[2]
