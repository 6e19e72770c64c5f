"""Every row of the README's table of commands, run as it is printed, on a real house."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from zamaz.definition import schema
from zamaz.events.client import DebateRequested
from zamaz.events.cost import DebateBilled, SpendReserved
from zamaz.events.debater import ArgumentPresented
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateCompleted, DebateStarted, RulingRequested, SpendRequested
from zamaz.keeping import Keeper
from zamaz.permissions import USERS

from compat.before import STORED, store
from live.readme import README, ROOT, quoted, section, table, words
from live.readme_house import SEATS, House, house, read_until, running
from live.test_embedded import children, pid_of
from servers.asgi import serving
from servers.ollama_wire import wire
from servers.usual_port import usual_port_for

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
__all__ = ["house", "running"]
ASK = 'zamaz ask "Should we …?"'
Run = Callable[[House, list[str]], Awaitable[None]]
ROWS: dict[str, Run] = {}
"""How each row is run: called with the house, and with what the row prints between backticks."""


def row(cell: str) -> Callable[[Run], Run]:
    """This is how the row with that first cell is run."""

    def keep(run: Run) -> Run:
        assert cell not in ROWS
        ROWS[cell] = run
        return run

    return keep


def printed() -> list[str]:
    return [first for first, _ in table(section("The command line"))]


@pytest.mark.parametrize("cell", printed())
async def test_a_row_does_what_it_says(house: House, cell: str):
    assert cell in ROWS, f"a new row of {README.name}: say here how it is run"
    await ROWS[cell](house, quoted(cell))


def test_what_is_run_here_is_printed_there():
    assert set(ROWS) == set(printed())


@row(f"`{ASK}`")
async def ask(house: House, row: list[str]) -> None:
    newcomer = house.away("newcomer")
    async with usual_port_for():
        asked = await house.run(*words(row[0]), *SEATS, env=newcomer)
    assert "no house runs here: starting one for the while" in asked.err
    assert "Positions by round" in asked.out
    assert "Do it, in small steps that can be taken back." in asked.out
    assert children(newcomer) == []


@row("… `--workflow complex_debate`")
async def ask_by_another_definition(house: House, row: list[str]) -> None:
    asked = await house.run(*words(f"{ASK} {row[0]}"), *SEATS)
    (started,) = [heard.fact for heard in await house.facts(asked.debate) if isinstance(heard.fact, DebateStarted)]
    assert started.workflow == "complex_debate"
    refused = await house.run(*words(f"{ASK} {row[0]}"), code=1)
    assert "claude-opus-4" in refused.out, "its own seats are out of reach, and it is never re-seated"


@row("… `--workflow auto`")
async def ask_for_a_choice(house: House, row: list[str]) -> None:
    asked = await house.run(*words(f"{ASK} {row[0]}"), *SEATS)
    facts = [heard.fact for heard in await house.facts(asked.debate)]
    assert [fact.kind for fact in facts if isinstance(fact, RulingRequested)][:2] == ["complexity", "workflow"]
    (started,) = [fact for fact in facts if isinstance(fact, DebateStarted)]
    assert started.workflow != "auto"


@row("… `--participants claude-opus-4,gpt-4o`")
async def ask_named_models(house: House, row: list[str]) -> None:
    refused = await house.run(*words(f"{ASK} {row[0]}"), code=1)
    requested = (await house.facts(refused.debate))[0].fact
    assert isinstance(requested, DebateRequested)
    assert requested.participants == ("claude-opus-4", "gpt-4o")
    assert "ANTHROPIC_API_KEY" in refused.out, "nobody is paid here"


@row("… `--options split,keep` `--context FILE` `--budget 1.50` `--requester ann`")
async def ask_with_options_a_context_and_a_budget(house: House, row: list[str]) -> None:
    file = house.folder / "context.md"
    file.write_text("We are four people.", encoding="utf-8")
    asked = await house.run(*words(" ".join([ASK, *row]), FILE=str(file)), *SEATS)
    facts = [heard.fact for heard in await house.facts(asked.debate)]
    assert isinstance(facts[0], DebateRequested)
    assert (facts[0].options, facts[0].context) == (("split", "keep"), "We are four people.")
    assert facts[0].requester == "ann"
    assert [fact.limit_usd for fact in facts if isinstance(fact, SpendRequested)] == [Decimal("1.5")]
    assert [fact.amount_usd for fact in facts if isinstance(fact, SpendReserved)] == [Decimal(0)], "scripts are free"


@row("… `--json`")
async def ask_for_json(house: House, row: list[str]) -> None:
    asked = await house.run(*words(f"{ASK} {row[0]}"), *SEATS)
    (line,) = asked.out.splitlines()
    (done,) = [heard.fact for heard in await house.facts(asked.debate) if isinstance(heard.fact, DebateCompleted)]
    assert json.loads(line)["type"] == "DebateCompleted"
    assert json.loads(line)["decision_id"] == done.decision_id
    assert "Positions by round" in asked.err


@row("`zamaz up`")
async def up(house: House, row: list[str]) -> None:
    async with usual_port_for():
        await _up(house, row, house.away("up"))


async def _up(house: House, row: list[str], home: dict[str, str]) -> None:
    process = await house.start(*words(row[0]), "--no-local-model", env=home)
    try:
        await read_until("ready", process.stderr)
        assert pid_of(home, "nats.conf")
        before = pid_of(home, "cost")
        os.kill(before, signal.SIGKILL)
        await house.run("zamaz", "ask", "Should we?", *SEATS, env=home)
        async with asyncio.timeout(60):
            while pid_of(home, "cost") in (0, before):
                await asyncio.sleep(0.1)
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0
    assert children(home) == []


@row("`zamaz init`")
async def init(house: House, row: list[str]) -> None:
    """The house stands on streams that it made; here it is run again."""
    made = await house.run(*words(row[0]))
    for name in ("EVENTS", "debater-script", "workflow"):
        assert name in made.err


@row("`zamaz keys FOLDER`")
async def keys(house: House, row: list[str]) -> None:
    folder = house.folder / "keys"
    made = await house.run(*words(row[0], FOLDER=str(folder)))
    assert {file.name for file in folder.iterdir()} == {"keys.conf", *(f"{user}.nk" for user in USERS)}
    assert made.err.count(".nk") == len(USERS)
    before = {file: file.read_bytes() for file in folder.iterdir()}
    (folder / "client.nk").unlink()
    again = await house.run(*words(row[0], FOLDER=str(folder)))
    assert "(its seed is not here)" in again.err, "it is known, so it gets no other key"
    assert {file: file.read_bytes() for file in folder.iterdir()}.items() < before.items()


@row("`zamaz permissions`")
async def permissions(house: House, row: list[str]) -> None:
    deployed = (ROOT / "deploy" / "nats" / "permissions.conf").read_text(encoding="utf-8")
    assert (await house.run(*words(row[0]))).out == deployed


@row("`zamaz watch ID`")
async def watch(house: House, row: list[str]) -> None:
    async with house.thinking() as debate:
        process = await house.start(*words(row[0], ID=debate))
        assert "Should we?" in await read_until("thinking", process.stdout)
    out, _ = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode == 0
    for part in ("Positions by round", "score 1.00", "Decision", "Bill: $0"):
        assert part in out.decode()


@row("`zamaz models`, `zamaz models host`, `zamaz models pull NAME`, `zamaz models load NAME`")
async def models(house: House, row: list[str]) -> None:
    shown = (await house.run(*words(row[0]))).out
    assert "script" in shown
    told = json.loads((await house.run(*words(row[0]), "--json")).out)
    (lease,) = told["debaters"].values()
    assert lease["script"]["ok"] is True
    asked = {model["alias"]: model for model in told["models"]}
    assert "ANTHROPIC_API_KEY" in asked["claude-opus-4"]["why"]
    assert "ANTHROPIC_API_KEY" in shown
    with serving(wire("http://127.0.0.1:9/v1", "smollm2", pulled=False)) as address:
        nobody = {**house.away("nobody"), "OLLAMA_HOST": address}
        assert "has no models" in (await house.run(*words(row[1]), env=nobody)).out
        for command in row[2:]:
            await house.run(*words(command, NAME="smollm2"), env=nobody)
        assert "smollm2:latest" in (await house.run(*words(row[1]), env=nobody)).out


@row("`zamaz orchestration calibrate`")
async def calibrate(house: House, row: list[str]) -> None:
    told = await house.run(*words(row[0]))
    assert "no ruling was shadowed yet: set shadow.share in orchestration.yaml" in told.err


@row("`zamaz list`, `zamaz show ID`")
async def look(house: House, row: list[str]) -> None:
    debate = await house.debated()
    listed = (await house.run(*words(row[0]))).out
    assert debate in listed
    assert "completed (consensus)" in listed
    assert "Positions by round" in (await house.run(*words(row[1], ID=debate[:13]))).out
    facts = [json.loads(line) for line in (await house.run(*words(row[1], ID=debate), "--json")).out.splitlines()]
    assert [fact["type"] for fact in facts] == [type(heard.fact).__name__ for heard in await house.facts(debate)]


@row("`zamaz show ID --at SEQ`")
async def show_as_it_stood(house: House, row: list[str]) -> None:
    debate = await house.debated()
    facts = await house.facts(debate)
    asked = next(heard for heard in facts if isinstance(heard.fact, RulingRequested))
    for at in (str(asked.seq), asked.stamp):
        shown = (await house.run(*words(row[0], ID=debate, SEQ=at))).out
        assert "running, the positions are being weighed" in shown
        assert "Decision" not in shown
    before = await house.run(*words(row[0], ID=debate, SEQ=str(facts[0].seq - 1)), code=2)
    assert f"its first fact is {facts[0].seq} in the log" in before.err


@row("`zamaz replay ID`")
async def replay(house: House, row: list[str]) -> None:
    debate = await house.debated()
    assert "identical: " in (await house.run(*words(row[0], ID=debate))).out


@row("`zamaz redecide ID --threshold 0.9`, `zamaz redecide --all --protocol majority`")
async def redecide(house: House, row: list[str]) -> None:
    debate = await house.debated()
    await house.until(debate, DebateBilled)
    before = await house.facts(debate)
    one = await house.run(*words(row[0], ID=debate))
    assert "0 of 1 would have ended otherwise" in one.err
    assert debate in (await house.run(*words(row[1]))).out
    assert await house.facts(debate) == before


@row("`zamaz fork ID --at SEQ --set threshold=0.9`, `zamaz diff ID OTHER`")
async def fork(house: House, row: list[str]) -> None:
    debate = await house.debated()
    ruled = next(heard.seq for heard in await house.facts(debate) if isinstance(heard.fact, ConsensusAssessed))
    made = (await house.run(*words(row[0], ID=debate, SEQ=str(ruled)))).out
    other = made.split()[0]
    assert f"{other} goes on from {debate} at {ruled}" in made
    await house.client.completed(other, timeout=120)
    compared = (await house.run(*words(row[1], ID=debate, OTHER=other))).out
    assert f"up to {ruled}, are the same" in compared
    assert "0.75" in compared and "0.9" in compared, "the thresholds"


@row("`zamaz export ID --format html -o FILE`")
async def export(house: House, row: list[str]) -> None:
    debate, file = await house.debated(), house.folder / "debate.html"
    await house.until(debate, DebateBilled)
    made = await house.run(*words(row[0], ID=debate, FILE=str(file)))
    page = file.read_text(encoding="utf-8")
    assert "Do it, in small steps that can be taken back." in page
    head = made.err.split()[-1]
    assert head in page, "the head of the chain"
    assert head in (await house.run("zamaz", "export", debate)).out
    assert head in (await house.run("zamaz", "export", debate, "--format", "json")).out


@row("`zamaz verify FILE`")
async def verify(house: House, row: list[str]) -> None:
    debate, file = await house.debated(), house.folder / "debate.json"
    await house.run("zamaz", "export", debate, "--format", "json", "-o", str(file))
    good = await house.run(*words(row[0], FILE=str(file)), env=house.away("nobody"))
    assert "is as it was exported" in good.out
    assert "and stands so in the log" in (await house.run(*words(row[0], FILE=str(file)), "--against-log")).out
    file.write_text(file.read_text(encoding="utf-8").replace("small steps", "big steps", 1), encoding="utf-8")
    bad = await house.run(*words(row[0], FILE=str(file)), code=1)
    assert "was changed" in bad.out


@row('`zamaz select "Should we …?" --context FILE`')
async def select(house: House, row: list[str]) -> None:
    context = house.folder / "context.txt"
    context.write_text("What we know of it.", encoding="utf-8")
    told = await house.run(*words(row[0], FILE=str(context)), "--no-models", env=house.away("nobody"))
    assert "workflow    simple_debate (rules" in told.out


@row("`zamaz eval consensus FILE --rungs rules`, `zamaz eval stopping FILE`")
async def evaluate(house: House, row: list[str]) -> None:
    labelled, nobody = ROOT / "tests" / "orchestrator" / "labelled", house.away("nobody")
    seen = await house.run(*words(row[0], FILE=str(labelled / "prose.json")), "--json", env=nobody)
    assert json.loads(seen.out)["answered"].keys() == {"rules"}
    stopped = await house.run(*words(row[1], FILE=str(labelled / "answers.jsonl")), env=nobody)
    assert "a majority agrees, each showing working that holds" in stopped.out


@row("`zamaz pause ID --why …`, `zamaz resume ID`")
async def pause_and_resume(house: House, row: list[str]) -> None:
    async with house.thinking() as debate:
        paused = await house.run(*words(row[0], ID=debate))
        assert "is paused; 2 calls in flight will be kept" in paused.out
    await house.until(debate, ArgumentPresented, 2)
    await asyncio.sleep(1)
    held = [heard.fact for heard in await house.facts(debate)]
    assert not any(isinstance(fact, RulingRequested | ConsensusAssessed) for fact in held)
    assert "goes on" in (await house.run(*words(row[1], ID=debate))).out
    assert (await house.client.completed(debate, timeout=120)).stop_reason == "consensus"


@row("`zamaz invite ID MODEL`, `zamaz dismiss ID NAME`, `zamaz change ID --max-rounds 4`")
async def come_go_and_change(house: House, row: list[str]) -> None:
    async with house.thinking() as debate:
        came = await house.run(*words(row[0], ID=debate, MODEL="script/agree"), "--name", "late")
        assert f"late (script/agree) joins {debate}: it takes part from round" in came.out
        again = await house.run(*words(row[0], ID=debate, MODEL="script/agree"), "--name", "late", code=2)
        assert "the name 'late' is taken" in again.err
        assert f"late leaves {debate}" in (await house.run(*words(row[1], ID=debate, NAME="late"))).out
        assert f"{debate} goes on with max_rounds 4" in (await house.run(*words(row[2], ID=debate))).out
        refused = await house.run("zamaz", "resume", debate, code=2)
        assert "the debate is not paused" in refused.err
        shown = (await house.run("zamaz", "show", debate)).out
        assert "late (script/agree) joins" in shown
        assert "max_rounds 4" in shown


@row("`zamaz abort ID --why …`, `zamaz rule ID --decision …`")
async def abort_and_rule(house: House, row: list[str]) -> None:
    async with house.thinking() as debate:
        unasked = await house.run(*words(row[1], ID=debate), code=2)
        assert "nobody asked for a ruling when it came" in unasked.err
        assert "is cancelled" in (await house.run(*words(row[0], ID=debate))).out
        over = await house.run(*words(row[0], ID=debate), code=2)
        assert "is over: cancelled" in over.err
        assert "to try it" in (await house.run("zamaz", "show", debate)).out


@row("`zamaz erase ID --why …`, `zamaz archive --before DATE --to DIR`, `zamaz import archive PATH`")
async def erase_archive_and_bring_back(house: House, row: list[str]) -> None:
    debate, folder = await house.debated(), house.folder / "archive"
    await house.until(debate, DebateBilled)
    await house.run(*words(row[1], DATE="2000-01-01", DIR=str(folder)))
    assert not folder.exists(), "nothing ended before that"
    before = await house.facts(debate)
    await Keeper(house.client.log).archive(debate, folder, by="ann")
    assert "1 put back" in (await house.run(*words(row[2], PATH=str(folder)))).out
    assert await house.facts(debate) == before
    assert f"{debate} is erased" in (await house.run(*words(row[0], ID=debate))).out
    assert "to try it" in (await house.run("zamaz", "show", debate)).out


@row("`zamaz import legacy PATH`")
async def import_legacy(house: House, row: list[str]) -> None:
    folder = house.folder / "debates"
    folder.mkdir()
    store(folder)
    for count in ("1 imported, 0 already there", "0 imported, 1 already there"):
        assert count in (await house.run(*words(row[0], PATH=str(folder)))).out
    listed = (await house.run("zamaz", "list", "--status", "imported")).out
    assert STORED["id"] in listed


@row("`zamaz costs --by model`, `zamaz costs restate --table FILE`, `zamaz budgets`, `zamaz stats`")
async def costs_budgets_and_stats(house: House, row: list[str]) -> None:
    asked = json.loads((await house.run(*words(ASK), *SEATS, "--budget", "1.50", "--json")).out)
    paid = await house.run(*words(row[0]), "--json")
    assert [json.loads(line)["name"] for line in paid.out.splitlines()] == ["script/agree"]
    assert "script/agree" in (await house.run(*words(row[0]))).out
    table = house.folder / "other-prices.yaml"
    table.write_text("models: {}\n", encoding="utf-8")
    restated = json.loads((await house.run(*words(row[1], FILE=str(table)), "--json")).out.splitlines()[0])
    assert (restated["provider"], restated["recorded_usd"], restated["restated_usd"]) == ("script", "0", "0")
    budgets = map(json.loads, (await house.run(*words(row[2]), "--scope", "debate", "--json")).out.splitlines())
    (left,) = [budget for budget in budgets if budget["budget"] == asked["debate_id"]]
    assert (left["limit_usd"], left["settled_usd"]) == ("1.5", "0")
    assert "no debate has asked for money" in (await house.run(*words(row[2]), "--requester", "ann")).out
    told = await house.run(*words(row[3]))
    for part in ("Debates", "simple_debate", "Providers", "script", "Rungs", "rules"):
        assert part in told.out
    assert "section,name,figure,value" in (await house.run(*words(row[3]), "--csv")).out
    assert "nothing yet" in (await house.run(*words(row[3]), "--until", "2020-01-01")).out


@row("`zamaz report --out report.html`")
async def report(house: House, row: list[str]) -> None:
    await house.run(*words(ASK), *SEATS)
    file = house.folder / "report.html"
    await house.run(*words(row[0].replace("report.html", str(file))))
    page = file.read_text(encoding="utf-8")
    assert "<svg" in page
    assert "simple_debate" in page
    assert "<script" not in page


@row("`zamaz views rebuild`")
async def views_rebuild(house: House, row: list[str]) -> None:
    before = (await house.run("zamaz", "list", "--json")).out
    assert "made anew in" in (await house.run(*words(row[0]))).err
    assert (await house.run("zamaz", "list", "--json")).out == before


@row("`zamaz dead-letters`")
async def dead_letters(house: House, row: list[str]) -> None:
    js = house.client.nc.jetstream()
    await js.publish("evt.client.no!token.DebateRequested", b'{"question": "Should we?"}')
    async with asyncio.timeout(60):
        while (await js.stream_info("DEAD_LETTERS")).state.messages < 1:
            await asyncio.sleep(0.1)
    (letter,) = [line for line in (await house.run(*words(row[0]))).out.splitlines() if "no!token" in line]
    assert "is not the name of a fact" in letter


@row("`zamaz definitions list`, `zamaz definitions validate [FILE …]`")
async def list_and_validate(house: House, row: list[str]) -> None:
    listed = (await house.run(*words(row[0]))).out
    for workflow in (ROOT / "definitions" / "workflows").glob("*.yaml"):
        assert workflow.stem in listed
    assert "all definitions are valid" in (await house.run(*words(row[1]))).out
    wrong = house.folder / "wrong.yaml"
    wrong.write_text("id: x\nparticipants: [a]\nstps: []\n", encoding="utf-8")
    told = await house.run(*words(row[1], FILE=str(wrong)), code=2)
    assert f"{wrong}:3: stps: is no key that is known here (did you mean 'steps'?)" in told.err


@row("`zamaz definitions explain ID` (or a file; `--mermaid`)")
async def explain(house: House, row: list[str]) -> None:
    told = (await house.run(*words(row[0], ID="simple_debate"))).out
    file = ROOT / "definitions" / "workflows" / "simple_debate.yaml"
    for part in ("1. claude-opus-4", "by consensus, or after 2 rounds", "Calls of models"):
        assert part in told
    assert (await house.run(*words(row[0], ID=str(file)))).out.splitlines()[1:] == told.splitlines()[1:]
    assert "stateDiagram-v2" in (await house.run(*words(row[0], ID="simple_debate"), row[1])).out


@row("`zamaz definitions schema [KIND]`")
async def print_schemas(house: House, row: list[str]) -> None:
    kept = ROOT / "definitions" / "schema"
    for kind in schema.KINDS:
        shown = (await house.run(*words(row[0], KIND=kind))).out
        assert shown == (kept / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert json.loads((await house.run(*words(row[0]))).out)["title"]
