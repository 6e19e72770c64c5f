"""The system's own next improvement, twice: the second debate is told of the first, and may not repeat it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import zamaz
from zamaz import provision
from zamaz.definition import default_folder, load
from zamaz.events.course import GateClosed
from zamaz.events.flow import Earlier
from zamaz.events.workflow import DebateStarted, TurnRequested

from conftest import Server
from live.houses import wait_for_debaters
from live.processes import SERVICES, staff

pytestmark = pytest.mark.live
SETTLED = """
answers:
  - {position: Write the tests that are missing., verdict: adopt, on_others: agree, argument: They are missing.}
"""
RULES_ALONE = "consensus: [{rung: rules}]\nquality: [{rung: rules}]\nnovelty: [{rung: rules}]\n"


async def test_a_decision_that_repeats_the_one_before_goes_back_and_says_so(server: Server, tmp_path: Path):
    definitions, scripts = tmp_path / "definitions", tmp_path / "scripts"
    shutil.copytree(default_folder(), definitions)
    (definitions / "orchestration.yaml").write_text(RULES_ALONE)
    scripts.mkdir()
    (scripts / "settled.yaml").write_text(SETTLED)
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(definitions).models.concurrency())
    with staff(tmp_path, server.url, ZAMAZ_SCRIPTS=str(scripts), ZAMAZ_DEFINITIONS=str(definitions)) as services:
        services.hire(*SERVICES)
        await wait_for_debaters(client.nc)
        seats = ("script/settled", "script/settled")
        debates = []
        for _ in range(2):
            debate = await client.request("What next?", workflow="evolution_debate", participants=seats)
            debates.append((debate, await client.completed(debate, timeout=90)))
        (first, one), (second, other) = debates
        facts = [heard.fact for heard in (await client.log.load(second)).facts]
    await client.close()
    (start,) = (fact for fact in facts if isinstance(fact, DebateStarted))
    assert start.earlier == (Earlier(debate=first, decision=one.decision),)
    closed = [fact for fact in facts if isinstance(fact, GateClosed) and fact.gate == "novelty"]
    assert [fact.action for fact in closed] == ["require_revision", "complete_partial"]
    (again,) = (fact for fact in facts if isinstance(fact, TurnRequested) and fact.revise)
    assert first in again.revise
    assert (one.partial, other.partial, other.decision_type) == (False, True, "EVOLUTION")
    assert f"repeats what debate {first} decided" in other.stop_detail
