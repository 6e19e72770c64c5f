"""The page over many debates: every figure stands in words beside its chart, and nothing of it is fetched or run."""

from __future__ import annotations

import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from zamaz.cli.document import Bar, Chart, markdown, page
from zamaz.cli.document.chart import drawn
from zamaz.cli.document.survey import Survey, document
from zamaz.events.cost import Rates
from zamaz.views.effect import Effect, effects, rounds_to_consensus, together
from zamaz.views.figures import Agreed, Ended, Spent, Worked
from zamaz.views.period import Period
from zamaz.views.savings import saved

ENDINGS = (
    Ended("simple_debate", "completed", "consensus", True, False, 2, 30, 900.0, Decimal("9.00")),
    Ended("simple_debate", "completed", "rounds", False, True, 3, 10, 600.0, Decimal("3.00")),
    Ended("simple_debate", "failed", "failure", False, False, 0, 5, 50.0, Decimal("0.50")),
    Ended("", "rejected", "malformed", False, False, 0, 5, 0.0, Decimal(1)),
)
TOKENS = {"input": 1000, "cached_input": 0, "cache_write": 0, "output": 500, "reasoning": 0}
WORK = (
    Worked("turn", "anthropic", {"answered": 90, "timeout": 6, "unparsed": 4}, TOKENS, 0, 1200.0, 4100.0),
    Worked("ruling", "", {"consensus asked": 50}, dict.fromkeys(TOKENS, 0), 40_000, None, None),
    Worked("ruling", "rules", {"consensus answered": 50}, dict.fromkeys(TOKENS, 0), 0, 0.8, 2.0),
)
SPENT = Spent("2026-01-02", 100, Decimal("12.50"), Decimal("0.50"), Decimal("1.25"), 2)
DEAR = Rates(input=Decimal(15), output=Decimal(75))


def survey(**more: object) -> Survey:
    made = Survey(
        period=Period(requester="ann"),
        overall=together(ENDINGS),
        workflows=effects(ENDINGS),
        over_time=[SPENT],
        by_workflow=[SPENT._replace(name="simple_debate", usd=Decimal("7.25"), calls=60)],
        models=[SPENT._replace(name="anthropic/claude")],
        spent=SPENT,
        rounds=rounds_to_consensus(ENDINGS),
        work=WORK,
        agreement=[Agreed("consensus", "rules", "cloud", 10, 8, 6, 0.125)],
        saved=saved(WORK, SPENT.orchestration_usd, "claude-opus-4", DEAR),
    )
    return made._replace(**more)  # type: ignore[arg-type]


SHOWN = (
    "Debates so far of ann",
    "40 (89% of those that began)",
    "75%",  # in consensus
    "$12.5000 (100 calls)",
    "$7.2500 (60 calls)",
    "$1.2500 of it is an estimate",
    "2 calls have no price",
    "30 (100%)",  # consensus after round 2
    "1.2 s, 4.1 s",
    "6 (6% of all)",  # timeouts
    "$1.4625",  # (400 * 50 + 40000) * 15 + 150 * 50 * 75, in millionths
    "Saved: 66%.",
    "0.125",
)


def test_a_workflow_is_told_by_all_its_endings():
    (simple, nobody) = effects(ENDINGS)
    assert simple == Effect(
        "simple_debate", 45, 40, 5, 0, 0, consensus=0.75, partial=0.25, rounds=2.25, seconds=1550 / 45,
        usd=Decimal("12.50") / 45,
    )  # fmt: skip
    assert (nobody.workflow, nobody.rejected, nobody.consensus, nobody.usd) == ("", 5, None, None)


def test_every_figure_is_on_the_page_and_in_the_text():
    for text in (page.written(document(survey())), markdown.written(document(survey()))):
        flat = text.replace("\\", "")
        for figure in SHOWN:
            assert figure in flat, figure


def test_what_cannot_be_told_is_said():
    text = page.written(document(survey(saved=None, unsaved="No price table is installed.")))
    assert "No price table is installed." in text
    free = survey(spent=SPENT._replace(usd=Decimal(0)))
    assert "Nothing was paid" in page.written(document(free))
    none = survey(overall=together(()))
    assert "No debate has ended in this period." in page.written(document(none))


def test_names_of_strangers_are_text_in_a_chart():
    shown = drawn(Chart("<b>", (Bar('"><script>x</script>', (1.0,), "<i>"),)))
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "<i>" not in shown


def test_bars_share_a_scale_and_parts_lie_one_after_the_other():
    shown = drawn(Chart("t", (Bar("a", (1.0, 3.0), ""), Bar("b", (2.0, 0.0), "")), ("x", "y")))
    bars = [
        (float(x), float(w)) for x, w in re.findall(r'<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="16"', shown)
    ]
    assert [round(wide, 1) for _, wide in bars] == [95.0, 285.0, 190.0, 0.0]
    assert bars[1][0] == bars[0][0] + bars[0][1]


@pytest.mark.live
def test_a_browser_shows_the_figures_without_running_or_fetching_anything(tmp_path: Path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium is installed (Debian: chromium)")
    file = tmp_path / "report.html"
    file.write_text(page.written(document(survey())), encoding="utf-8")
    flags = (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}",
    )  # fmt: skip
    shown = subprocess.run(
        [browser, *flags, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    ).stdout
    for figure in SHOWN:
        assert figure in shown, figure
    assert shown.count("<svg") == page.written(document(survey())).count("<svg") == 9
