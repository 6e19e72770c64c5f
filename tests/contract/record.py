"""Records golden histories: whole debates of a real house, each as an export with its hash chain.

`PYTHONPATH=tests python -m contract.record FOLDER [NAME …]` starts a server and the four services of the Python that
runs it, holds a debate for each name that has no file in FOLDER yet (all of them: none named), and writes
`NAME.json`. A file that is there stays as it is: a history is worth something because it is old. To record with older
code, run this file in a checkout of that code, with its own environment.

Every seat is a script, so that a history says the same whoever records it, but for ids, times and calls' owners.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zamaz
from zamaz import chain, provision
from zamaz.alive import Alive
from zamaz.compat import legacy
from zamaz.definition import default_folder, load, prompt_digest
from zamaz.events import ENDINGS
from zamaz.events.client import DebateImported
from zamaz.events.cost import DebateBilled
from zamaz.events.course import HumanRulingRequested
from zamaz.events.debater import CallStarted
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebatePaused, DebateRejected, StepTimedOut

from conftest import Server
from live.processes import SERVICES, Staff, staff

PATIENCE_S = 120
OWN = "timeout: 4s, max_retries: 0"
FLOW = f"""
steps:
  - {{type: initial_arguments, {OWN}}}
  - {{type: consensus_check, timeout: 10s}}
  - {{type: final_decision, {OWN}}}
"""
VOTED = FLOW.replace("  - {type: final", f"  - {{type: vote, {OWN}}}\n  - {{type: final")
ESCALATES = "rules: [{condition: no_consensus_after_max_rounds, action: escalate_to_human}]\n"
PAIR = "participants: [script/agree, script/disagree]"
WORKFLOWS = {
    "hurried": f"id: hurried\n{PAIR}\nconfig: {{max_rounds: 2}}{FLOW}",
    "voted": f"id: voted\n{PAIR}\nconfig: {{protocol: majority}}{VOTED}",
    "escalating": f"id: escalating\n{PAIR}\nconfig: {{max_rounds: 1}}{FLOW}{ESCALATES}",
    "overdue": f"id: overdue\n{PAIR}\nconfig: {{max_rounds: 2, max_execution_time: 3s}}{FLOW}",
}
SAID = "argument: Because., position: Do it., verdict: adopt, on_others: agree"
SCRIPTS = {
    "broken": "answers: [{fail: {kind: auth, why: no such key, retryable: false}}]",
    "hanging": f"answers: [{{step: initial_arguments, hang: true}}, {{{SAID}}}]",
    "thoughtful": f"answers: [{{round: 1, step: initial_arguments, delay: 2, {SAID}}}, {{{SAID}}}]",
    "flaky": f"answers: [{{attempt: 0, round: 1, fail: {{kind: rate_limited, retry_after: 0.2}}}}, {{{SAID}}}]",
    "splitter": f"answers: [{{choice: split, {SAID.replace('agree', 'disagree')}}}]",
    "keeper": "answers: [{position: Keep it., choice: keep, verdict: reject, on_others: disagree}]",
    "mumbling": f"answers: [{{attempt: 0, round: 1, text: I would rather not say.}}, {{{SAID}}}]",
}
LEGACY = {
    "id": "5f0c1d9e-golden",
    "question": "Should we split it?",
    "complexity": "moderate",
    "rounds": [{"round": 1, "claude": "Split it.", "gemini": "[Gemini error: quota]"}],
    "final_decision": "Split it.",
    "start_time": "2025-06-01T10:00:00",
    "end_time": "2025-06-01T10:01:00",
}


@dataclass(frozen=True)
class House:
    """Four services, and a client. `also` are debates that a case needs besides its own, by their names."""

    client: zamaz.Client
    services: Staff
    also: dict[str, str] = field(default_factory=dict)

    async def until(self, debate: str, kinds: tuple[type[zamaz.Fact], ...], count: int = 1) -> None:
        """Wait for so many facts of these types. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            while sum(isinstance(h.fact, kinds) for h in (await self.client.log.load(debate)).facts) < count:
                await asyncio.sleep(0.1)

    async def ends(self, debate: str) -> str:
        """Wait until the debate has ended and its bill stands."""
        await self.until(debate, ENDINGS)
        facts = (await self.client.log.load(debate)).facts
        if not any(isinstance(heard.fact, DebateRejected) for heard in facts):
            await self.until(debate, (DebateBilled,))
        return debate


Case = Callable[[House], Awaitable[str]]


def plain(*seats: str, **more: Any) -> Case:
    """A debate that nobody steers."""

    async def held(house: House) -> str:
        return await house.ends(await house.client.request("Should we split it?", participants=seats, **more))

    return held


async def cancelled(house: House) -> str:
    """Aborted while its calls are in flight."""
    debate = await house.client.request("Should we?", participants=("script/thoughtful", "script/thoughtful"))
    await house.until(debate, (CallStarted,), 2)
    await house.client.abort(debate, by="ann", why="asked the wrong thing")
    return await house.ends(debate)


async def paused(house: House) -> str:
    """Paused with calls in flight, resumed, and over."""
    debate = await house.client.request("Should we?", participants=("script/thoughtful", "script/thoughtful"))
    await house.until(debate, (CallStarted,), 2)
    await house.client.pause(debate, by="ann", why="lunch")
    await house.until(debate, (DebatePaused,))
    await asyncio.sleep(3)
    await house.client.resume(debate, by="bob")
    return await house.ends(debate)


async def given_up(house: House) -> str:
    """The debater is killed over its calls: the step's deadline passes, and another debater goes on."""
    debate = await house.client.request(
        "Should we?", workflow="hurried", participants=("script/hanging", "script/agree", "script/agree")
    )
    await house.until(debate, (CallStarted,), 3)
    house.services.of("debater")[-1].kill()
    await house.until(debate, (StepTimedOut,))
    house.services.hire("debater")
    return await house.ends(debate)


async def changed_in_flight(house: House) -> str:
    """Somebody joins, somebody leaves, and the terms change, while the first calls are in flight."""
    seats = ("script/thoughtful", "script/thoughtful", "script/disagree")
    debate = await house.client.request("Should we?", workflow="simple_debate", participants=seats)
    await house.until(debate, (CallStarted,), 3)
    await house.client.invite(debate, "script/agree", name="late", by="ann", why="one more view")
    await house.client.dismiss(debate, "script/disagree", by="bob", why="off topic")
    await house.client.change(debate, max_rounds=3, consensus_threshold=0.9, by="bob")
    return await house.ends(debate)


async def ruled_by_a_human(house: House) -> str:
    """A rule escalates it, and a person decides."""
    debate = await house.client.request(
        "Should we?", workflow="escalating", participants=("script/agree", "script/disagree")
    )
    await house.until(debate, (HumanRulingRequested,))
    await house.client.rule(debate, "Do it in spring.", by="ann", why="Winter is busy.")
    return await house.ends(debate)


async def forked(house: House) -> str:
    """From the first ruling on with another model; its parent is recorded beside it."""
    parent = await plain("script/agree", "script/agree", workflow="simple_debate")(house)
    facts = (await house.client.log.load(parent)).facts
    ruled = next(heard.seq for heard in facts if isinstance(heard.fact, ConsensusAssessed))
    house.also["forked_from"] = parent
    changes = {"participants.1.model": "script/disagree", "rounds.max": 3}
    return await house.ends(await house.client.fork(parent, ruled, changes, by="ann", why="what if"))


async def imported(house: House) -> str:
    """Held elsewhere."""
    record = legacy.read(json.dumps(LEGACY).encode())
    debate = legacy.debate_of(record)
    await house.client.log.append(debate, legacy.fact_of(record))
    await house.until(debate, (DebateImported,))
    return debate


async def repeated(house: House) -> str:
    """What should be improved next is asked twice, and answered as before: it goes back, and is decided as partial."""
    improving = plain(AGREE, AGREE, workflow="evolution_debate")
    await improving(house)
    return await improving(house)


AGREE, DISAGREE = "script/agree", "script/disagree"
CASES: dict[str, Case] = {
    "direct": plain(AGREE, workflow="direct"),
    "one_round": plain(AGREE, DISAGREE, workflow="one_round"),
    "simple_debate": plain(AGREE, AGREE, workflow="simple_debate"),
    "complex_debate": plain(AGREE, AGREE, AGREE, workflow="complex_debate"),
    "consensus_building": plain(AGREE, AGREE, DISAGREE, workflow="consensus_building", options=("split", "keep")),
    "adapted": plain(AGREE, AGREE, DISAGREE, workflow="consensus_building"),
    "evolution_debate": plain(AGREE, AGREE, workflow="evolution_debate"),
    "evolution_repeated": repeated,
    "ended_by_rounds": plain(AGREE, DISAGREE, workflow="simple_debate"),
    "ended_by_vote": plain(
        "script/splitter", "script/keeper", "script/splitter", workflow="voted", options=("split", "keep")
    ),
    "ended_partial": plain(AGREE, AGREE, "script/broken", workflow="hurried"),
    "ended_failed": plain("script/broken", "script/broken", workflow="hurried"),
    "ended_by_timeout": plain("script/hanging", AGREE, workflow="overdue"),
    "ended_rejected": plain(AGREE, AGREE, workflow="no_such_workflow"),
    "ended_cancelled": cancelled,
    "paused_and_resumed": paused,
    "retried": plain("script/flaky", "script/mumbling", workflow="simple_debate"),
    "imported": imported,
    "changed_in_flight": changed_in_flight,
    "ruled_by_a_human": ruled_by_a_human,
    "budgeted": plain(AGREE, AGREE, workflow="simple_debate", budget_usd="1.00"),
    "forked": forked,
    "step_given_up": given_up,
}


def definitions(folder: Path) -> Path:
    """The shipped definitions, and ours."""
    made = folder / "definitions"
    shutil.copytree(default_folder(), made)
    for name, text in WORKFLOWS.items():
        (made / "workflows" / f"{name}.yaml").write_text(text, encoding="utf-8")
    for name, text in SCRIPTS.items():
        (made / "scripts" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return made


async def record(into: Path, names: list[str], scratch: Path) -> None:
    """Hold the debates one after another, and write each."""
    server = Server(scratch / "nats")
    server.folder.mkdir()
    server.start()
    made = definitions(scratch)
    client = await zamaz.connect(server.url, timeout=30)
    try:
        await provision.provision(client.nc, load(made).models.concurrency())
        env = {"ZAMAZ_DEFINITIONS": str(made), "ZAMAZ_SCRIPTS": str(made / "scripts")}
        with staff(scratch, server.url, **env) as services:
            services.hire(*SERVICES)
            async with asyncio.timeout(PATIENCE_S):
                while not await Alive(client.nc).leases():
                    await asyncio.sleep(0.1)
            for name in names:
                house = House(client, services)
                debates = {name: await CASES[name](house), **house.also}
                for called, debate in debates.items():
                    exported = chain.chained(debate, await client.log.stored(debate))
                    (into / f"{called}.json").write_text(chain.write(exported), encoding="utf-8", newline="\n")
                    print(f"{called}: {exported.count} facts of {debate}")
            keep_prompts(into.parent / "prompts.json", load(made).prompts.values())
    finally:
        await client.close()
        server.stop()


def keep_prompts(file: Path, texts: Iterable[str]) -> None:
    """The templates that the histories started with, by their digests, beside those of older ones."""
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known |= {prompt_digest(text): text for text in texts}
    file.write_text(json.dumps(dict(sorted(known.items())), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Exit code 2 for a name that is none."""
    if len(sys.argv) < 2 or (unknown := set(sys.argv[2:]) - set(CASES)):
        print(__doc__, f"\nnames: {', '.join(CASES)}", f"not among them: {unknown}" if len(sys.argv) > 2 else "")
        sys.exit(2)
    into = Path(sys.argv[1])
    wanted = [name for name in sys.argv[2:] or CASES if not (into / f"{name}.json").exists()]
    with tempfile.TemporaryDirectory(prefix="zamaz-record-") as scratch:
        asyncio.run(record(into, wanted, Path(scratch)))


if __name__ == "__main__":
    main()
