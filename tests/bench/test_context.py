"""What the bench of reading rests on: with summaries, a round costs no more however many went before it."""

from __future__ import annotations

from bench.context import MODES, held, tokens_by_round


def test_what_a_round_reads_grows_without_end_where_all_is_shown_and_with_summaries_it_does_not():
    full, window, summary = (
        [panel + more for panel, more in tokens_by_round(held(3, 7, context)).values()] for context in MODES
    )
    assert full[5] - full[4] == full[4] - full[3] > 1000
    assert window[3] == window[4] == window[5]
    assert summary[4] == summary[5] < summary[3] + 10
    assert window[5] < summary[5] < full[5]
