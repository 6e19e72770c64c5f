"""Wrong words to the commands over many debates, said before anything is started."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from zamaz.cli.main import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("costs --since 2026-02-01 --until 2026-01-31", "--since 2026-02-01 lies after --until 2026-01-31"),
        ("stats --since 2026-02-30", "'2026-02-30' is no day: write 2026-01-31"),
        ("stats --json --csv", "--json or --csv, not both"),
        ("budgets --scope week", "'week' is not one of"),
        ("budgets --most 0", "0 is not in the range"),
        ("costs restate", "--table"),
    ],
)
def test_what_is_wrong_is_said(words: str, told: str):
    result = CliRunner().invoke(main, words.split())
    assert (result.exit_code, told in result.output) == (2, True), result.output
