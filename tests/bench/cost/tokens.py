"""How many tokens a text has: counted by llama.cpp with the vocabulary of the bundled model."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx

from zamaz.embedded.model_server import ALIAS

Count = Callable[[str], int]
NAMED = f"llama.cpp's tokenizer with the vocabulary of {ALIAS} (49,152 words); other models' counts differ somewhat"


@contextlib.contextmanager
def counter() -> Iterator[Count]:
    """A server for as long as the block lasts; every text is counted once."""
    quiet = {**os.environ, "ZAMAZ_LOCAL_CONTEXT": "2048"}
    with subprocess.Popen(
        [sys.executable, "-m", "zamaz.embedded.model_server"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=quiet,
    ) as server:  # fmt: skip
        try:
            assert server.stdout is not None
            url = next(line for line in server.stdout if line.startswith("http")).strip().removesuffix("/v1")
            with httpx.Client(base_url=url, timeout=60) as http:
                yield _counting(http)
        finally:
            server.terminate()


def _counting(http: httpx.Client) -> Count:
    known: dict[str, int] = {}

    def count(text: str) -> int:
        if text not in known:
            reply = http.post("/tokenize", json={"content": text}).raise_for_status()
            known[text] = len(reply.json()["tokens"])
        return known[text]

    return count
