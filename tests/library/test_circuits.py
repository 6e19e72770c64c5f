"""What `zamaz models` says of a provider's circuit at a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zamaz.cli.circuits import Stands, read
from zamaz.testing import START


@pytest.mark.parametrize(
    ("failures", "seconds", "paused", "words"),
    [
        (0, 0, False, "closed"),
        (1, 0, False, "closed, 1 failure in a row"),
        (5, 60, True, "open until 2026-01-31T00:01:00Z (5 failures in a row); its turns wait so long"),
        (5, 60, False, "open until 2026-01-31T00:01:00Z (5 failures in a row); its turns are given back so long"),
        (5, -1, False, "half open (5 failures in a row): the next call tries whether it is back"),
    ],
)
def test_a_circuit_is_closed_open_or_half_open(failures: int, seconds: int, paused: bool, words: str):
    now = START.replace(month=1, day=31, hour=0, minute=0, second=0)
    until = (now + timedelta(seconds=seconds)).timestamp() if seconds else 0.0
    assert read(Stands(failures, until), paused, now).words == words
