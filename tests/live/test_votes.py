"""Votes over real processes, with seats that read their ballots from scripts."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import zamaz
from zamaz.definition import default_folder
from zamaz.events.debater import CallStarted
from zamaz.events.workflow import TurnRequested, VotesCounted

from chaos.audit import audit
from chaos.refold import Refold
from conftest import Server
from live.houses import running_house
from live.processes import Staff

pytestmark = pytest.mark.live
STEPS = """
steps:
  - {type: initial_arguments, timeout: 90s, max_retries: 0}
  - {type: consensus_check, timeout: 60s}
  - {type: vote, timeout: 90s, max_retries: 0}
  - {type: final_decision, timeout: 90s, max_retries: 0}
"""
SEATS = (
    "participants: [{model: script/eager, name: ann}, {model: script/wary, name: bob}, {model: script/calm, name: cyd}]"
)
WORKFLOWS = {
    "by_majority": f"id: by_majority\n{SEATS}\nconfig: {{protocol: majority}}{STEPS}",
    "by_ranking": f"id: by_ranking\n{SEATS}\nconfig: {{protocol: ranked}}{STEPS}",
}
SCRIPTS = {
    "eager": """
answers:
  - {step: vote, position: x, choice: split, ranking: [split, wait, keep], argument: It pays at once.}
  - {step: final_decision, position: "As the vote has it, by March.", verdict: adopt}
  - {position: Split it., choice: split, verdict: adopt, on_others: disagree}
""",
    "wary": """
answers:
  - {step: vote, position: x, choice: keep, ranking: [keep, wait, split], argument: Nobody measured it.}
  - {position: Keep it., choice: keep, verdict: reject, on_others: disagree}
""",
    "calm": """
answers:
  - {step: vote, position: x, choice: split, ranking: [wait], argument: First the numbers.}
  - {position: Wait a year., choice: wait, verdict: amend, on_others: disagree}
""",
}


class House:
    """Four services, a client, and definitions of their own."""

    def __init__(self, client: zamaz.Client, services: Staff, definitions: Path) -> None:
        self.client, self.services = client, services
        self.refold = Refold.of(definitions, "simple_debate")

    async def vote(self, workflow: str) -> tuple[zamaz.DebateCompleted, list[zamaz.Recorded]]:
        """A whole debate by a workflow: its result and its facts."""
        debate = await self.client.request("Should we?", workflow=workflow, options=("split", "keep", "wait"))
        try:
            done = await self.client.completed(debate, timeout=180)
        except (TimeoutError, zamaz.DebateEndedError) as error:
            pytest.fail(f"{error}\n{self.services.logs()}")
        assert (await audit(self.client.nc, refold=self.refold)).wrong == [], self.services.logs()
        return done, (await self.client.log.load(debate)).facts


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Staff, Path]]:
    folder = tmp_path_factory.mktemp("votes")
    definitions, scripts = folder / "definitions", folder / "scripts"
    shutil.copytree(default_folder(), definitions)
    scripts.mkdir()
    for name, text in WORKFLOWS.items():
        (definitions / "workflows" / f"{name}.yaml").write_text(text)
    for name, text in SCRIPTS.items():
        (scripts / f"{name}.yaml").write_text(text)
    with running_house(folder, definitions=definitions, ZAMAZ_SCRIPTS=str(scripts)) as (server, services):
        yield server, services, definitions


@pytest.fixture
async def house(running: tuple[Server, Staff, Path]) -> AsyncIterator[House]:
    server, services, definitions = running
    async with await zamaz.connect(server.url, timeout=30) as client:
        yield House(client, services, definitions)


def of(facts: list[zamaz.Recorded], kind: type[zamaz.Fact]) -> list[zamaz.Fact]:
    return [heard.fact for heard in facts if isinstance(heard.fact, kind)]


async def test_a_majority_of_ballots_decides_and_who_differs_is_told_with_the_reason(house: House):
    done, facts = await house.vote("by_majority")
    assert (done.choice, done.decision, done.consensus) == ("split", "As the vote has it, by March.", False)
    assert (done.stop_reason, done.partial, done.rounds) == ("rounds", False, 1)
    assert "majority: 2 of 3 votes" in done.stop_detail
    assert [(d.participant, d.choice, d.why) for d in done.dissent] == [("bob", "keep", "Nobody measured it.")]
    assert done.tally is not None
    assert [(c.option, c.by) for c in done.tally.counts[:2]] == [("split", ("ann", "cyd")), ("keep", ("bob",))]
    assert len(of(facts, VotesCounted)) == 1
    assert len(of(facts, TurnRequested)) == len(of(facts, CallStarted)) == 7, "three argue, three vote, one words it"


async def test_a_ranking_adopts_what_nobody_likes_least(house: House):
    done, facts = await house.vote("by_ranking")
    assert done.tally is not None
    assert {c.option: c.votes for c in done.tally.counts} == {"wait": 4, "split": 2.5, "keep": 2.5}
    assert (done.choice, done.winner) == ("wait", "cyd")
    assert [d.participant for d in done.dissent] == ["ann", "bob"]
    counted = of(facts, VotesCounted)
    assert [fact.tally for fact in counted if isinstance(fact, VotesCounted)] == [done.tally]
