"""One trace a debate, over four services in processes of their own, read off a collector's wire."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as genai

import zamaz
from zamaz import provision, subjects
from zamaz.definition import default_folder, load
from zamaz.events.debater import CallStarted

from conftest import Server
from live.processes import SERVICES, Staff, staff, unpriced
from live.watched import Watched
from servers.asgi import serving
from servers.collector import Collector, Span
from servers.counting import Till

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]
QUESTION = "Should the question be seen by a collector?"
SEATS = ("custom/a", "custom/b")


@dataclass
class Told:
    """What one house said of its debates: all spans by trace, and every byte that the collector got."""

    debates: dict[str, str]
    calls: list[CallStarted]
    application: tuple[str, str]
    traces: dict[str, list[Span]]
    raw: bytes

    def spans(self, debate: str) -> list[Span]:
        return self.traces[own_trace(self.debates[debate])]


def own_trace(debate: str) -> str:
    return subjects.made_id(debate, "trace").replace("-", "")


def strangers(spans: list[Span]) -> set[str]:
    """Parents that are no span of the trace."""
    return {span.parent for span in spans if span.parent} - {span.id for span in spans}


def by_trace(services: Staff, collector: Collector) -> dict[str, list[Span]]:
    """Once every service has been told to stop, and so has sent the last."""
    for process in services.all:
        assert process.stop(patience=60) == 0, services.logs()
    found: dict[str, list[Span]] = defaultdict(list)
    for span in collector.spans:
        found[span.trace].append(span)
    return found


@contextlib.asynccontextmanager
async def traced(server: Server, folder: Path) -> AsyncIterator[tuple[zamaz.Client, Watched, Collector]]:
    """A client, one of each service, and their collector. The custom seats and the local rung are a till."""
    collector, till = Collector(), Till(delay=0.05)
    scripts = folder / "scripts"
    shutil.copytree(default_folder() / "scripts", scripts)
    (scripts / "refuse.yaml").write_text("answers: [{fail: {kind: refused, retryable: false}}]\n")
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(default_folder()).models.concurrency())
    with serving(collector.app) as sink, serving(till.app) as model:
        env = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": sink,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "ZAMAZ_CUSTOM_URL": f"{model}/v1",
            "ZAMAZ_LOCAL_URL": f"{model}/v1",
            "ZAMAZ_SCRIPTS": str(scripts),
            "OLLAMA_HOST": "http://127.0.0.1:9",
            **unpriced(folder),
        }
        with staff(folder, server.url, **env) as services:
            watched = Watched(services)
            await watched.hire(*SERVICES)
            yield client, watched, collector
    await client.close()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Four debates in one house."""
    folder = tmp_path_factory.mktemp("traces")
    server = Server(folder / "nats")
    server.folder.mkdir()
    server.start()
    try:
        return asyncio.run(_told(server, folder))
    finally:
        server.stop()


async def _told(server: Server, folder: Path) -> Told:
    application = TracerProvider().get_tracer("application")
    async with traced(server, folder) as (client, watched, collector):
        debates = {
            "till": await client.request(QUESTION, participants=SEATS),
            "apart": await client.request(QUESTION, participants=("script/agree", "script/disagree")),
            "refused": await client.request(QUESTION, participants=("script/agree", "script/refuse")),
        }
        with application.start_as_current_span("checkout") as span:
            debates["application"] = await client.request(QUESTION, participants=SEATS)
            here = span.get_span_context()
        for debate in debates.values():
            with contextlib.suppress(zamaz.DebateEndedError):
                await client.completed(debate, timeout=90)
        facts = (await client.log.load(debates["till"])).facts
        calls = [heard.fact for heard in facts if isinstance(heard.fact, CallStarted)]
        traces = by_trace(watched.staff, collector)
        return Told(debates, calls, (f"{here.trace_id:032x}", f"{here.span_id:016x}"), traces, collector.raw)


def test_a_debate_is_one_trace_over_all_four_services(told: Told):
    alone = {own_trace(debate) for name, debate in told.debates.items() if name != "application"}
    assert set(told.traces) == alone | {told.application[0]}
    spans = told.spans("till")
    assert {span.service for span in spans} == {f"zamaz-{name}" for name in SERVICES}
    assert strangers(spans) == set()
    assert [span.name for span in spans if not span.parent] == ["hear DebateRequested"]
    hears = [span for span in spans if span.name.startswith("hear ")]
    assert {span.attributes["zamaz.debate"] for span in hears} == {told.debates["till"]}


def test_a_trace_tells_what_was_said_and_each_call_below_the_turn_that_it_answers(told: Told):
    spans = told.spans("till")
    said = Counter(kind for span in spans for kind in span.attributes.get("zamaz.said", ()))
    assert (said["CallStarted"], said["DebateCompleted"]) == (len(told.calls), 1)
    asked = [span for span in spans if span.service == "zamaz-debater" and span.name.startswith("chat ")]
    assert len(asked) == len(told.calls) > 2
    turns = {span.id for span in spans if span.name == "hear TurnRequested"}
    assert {span.parent for span in asked} <= turns


def test_a_model_call_is_told_by_the_genai_conventions(told: Told):
    call = next(span for span in told.spans("till") if span.name == "chat a")
    assert call.attributes == {
        genai.GEN_AI_OPERATION_NAME: "chat",
        genai.GEN_AI_PROVIDER_NAME: "custom",
        genai.GEN_AI_REQUEST_MODEL: "a",
        genai.GEN_AI_REQUEST_MAX_TOKENS: told.calls[0].max_output_tokens,
        genai.GEN_AI_CONVERSATION_ID: told.debates["till"],
        genai.GEN_AI_RESPONSE_MODEL: "counted",
        genai.GEN_AI_RESPONSE_FINISH_REASONS: ["stop"],
        genai.GEN_AI_USAGE_INPUT_TOKENS: 10,
        genai.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: 0,
        genai.GEN_AI_USAGE_OUTPUT_TOKENS: 5,
    }


def test_the_orchestrator_s_rungs_are_model_calls_too(told: Told):
    spans = told.spans("apart")
    judged = [span for span in spans if span.service == "zamaz-orchestrator" and span.name.startswith("chat ")]
    rungs = {span.attributes[genai.GEN_AI_PROVIDER_NAME]: span for span in judged}
    assert set(rungs) == {"ollama", "local"}
    assert rungs["ollama"].failed and rungs["ollama"].attributes["error.type"] == "ConnectionError"
    assert not rungs["local"].failed
    assert rungs["local"].attributes[genai.GEN_AI_RESPONSE_MODEL] == "counted"
    assert rungs["local"].attributes[genai.GEN_AI_USAGE_INPUT_TOKENS] == 10


def test_a_call_that_fails_says_of_which_kind(told: Told):
    failed = [span for span in told.spans("refused") if span.name == "chat refuse"]
    assert failed and all(span.failed and span.attributes["error.type"] == "refused" for span in failed)


def test_a_debate_belongs_to_the_trace_of_the_application_that_asks(told: Told):
    trace, span = told.application
    spans = told.traces[trace]
    assert strangers(spans) == {span}
    assert {span.service for span in spans} == {f"zamaz-{name}" for name in SERVICES}


def test_no_word_of_a_question_a_prompt_or_an_answer_goes_to_the_collector(told: Told):
    assert len(told.raw) > 10_000
    for text in (QUESTION, "Because.", "Do it.", "Said in", "What is there works"):
        assert text.encode() not in told.raw


async def test_replicas_and_redeliveries_stay_in_the_trace_of_their_debate(server: Server, tmp_path: Path):
    """A workflow is stopped for longer than its deliveries are waited for: the other gets them once more."""
    async with traced(server, tmp_path) as (client, watched, collector):
        await watched.hire(*SERVICES)
        frozen = watched.staff.of("workflow")[0]
        frozen.freeze()
        asked = [await client.request(QUESTION, participants=SEATS) for _ in range(12)]
        await asyncio.sleep(2.5)
        frozen.thaw()
        for debate in asked:
            await client.completed(debate, timeout=120)
        traces = by_trace(watched.staff, collector)
    assert set(traces) == {own_trace(debate) for debate in asked}
    for spans in traces.values():
        assert {span.service for span in spans} == {f"zamaz-{name}" for name in SERVICES}
        assert strangers(spans) == set()
        assert {span.name for span in spans if not span.parent} == {"hear DebateRequested"}
    every = [span for spans in traces.values() for span in spans]
    assert any(span.attributes.get("zamaz.tries", 1) > 1 for span in every)
    assert len({span.instance for span in every if span.service == "zamaz-workflow"}) == 2


async def test_a_collector_that_is_away_holds_up_nothing(server: Server, tmp_path: Path):
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(default_folder()).models.concurrency())
    with staff(tmp_path, server.url, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9") as services:
        await Watched(services).hire(*SERVICES)
        done = await client.completed(
            await client.request(QUESTION, participants=("script/agree", "script/agree")), timeout=60
        )
        assert done.stop_reason == "consensus"
        for process in services.all:
            assert process.stop(patience=60) == 0
    await client.close()


async def test_without_an_address_nothing_of_opentelemetry_is_loaded_and_no_fact_names_a_trace(
    server: Server, tmp_path: Path
):
    script = (
        "import sys; from zamaz_workflow.app import build; from zamaz_workflow.settings import WorkflowSettings\n"
        "build(WorkflowSettings())\n"
        "print([n for n in sys.modules if n.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert (await process.communicate())[0].decode().strip() == "[]"
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(default_folder()).models.concurrency())
    with staff(tmp_path, server.url) as services:
        await Watched(services).hire(*SERVICES)
        debate = await client.request(QUESTION, participants=("script/agree", "script/agree"))
        await client.completed(debate, timeout=60)
    js, facts = client.nc.jetstream(), (await client.log.load(debate)).facts
    heads = [(await js.get_msg(subjects.EVENTS, heard.seq)).headers or {} for heard in facts]
    assert len(heads) > 10
    assert not [head for head in heads if "ce-traceparent" in head]
    await client.close()
