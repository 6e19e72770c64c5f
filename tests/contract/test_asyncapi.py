"""The AsyncAPI document of every service, held: what a running process serves is what stands here.

`ZAMAZ_WRITE_GOLDEN=1` writes the files anew. `asyncapi-3.0.0.schema.json` is the AsyncAPI Initiative's JSON schema
of the format (Apache-2.0), without its texts and without the bindings of protocols.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastjsonschema
import msgspec
import pytest
from nats.aio.client import Client as Nats

from zamaz import connection, provision
from zamaz.definition import default_folder, load
from zamaz.events import FACTS, encode, subject_of
from zamaz.service.docs import facts_under, schemas
from zamaz.service.http import page

from conftest import Server
from contract.samples import SAMPLES
from live.processes import SERVICES, staff
from live.watched import Watched

HERE = Path(__file__).parent
GOLDEN = HERE / "asyncapi"
FORMAT = HERE / "asyncapi-3.0.0.schema.json"


def golden(service: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((GOLDEN / f"{service}.json").read_bytes())
    return found


@pytest.mark.live
async def test_every_running_service_serves_its_document(server: Server, tmp_path: Path):
    nc = await provision_all(server)
    with staff(tmp_path, server.url) as made:
        watched = Watched(made)
        for process in await watched.hire(*SERVICES):
            served = await watched.get(process, "/docs.json")
            assert served.headers["content-type"] == "application/json"
            path = GOLDEN / f"{process.name}.json"
            if os.environ.get("ZAMAZ_WRITE_GOLDEN"):
                path.write_bytes(served.content + b"\n")
            assert served.content + b"\n" == path.read_bytes(), f"{process.name}: has the language changed?"
            shown = await watched.get(process, "/docs")
            assert shown.headers["content-type"].startswith("text/html")
            assert shown.text == page(golden(process.name))
    await nc.close()


async def provision_all(server: Server) -> Nats:
    nc = await connection.connect(server.url, "test", timeout=30)
    await provision.provision(nc, load(default_folder()).models.concurrency())
    return nc


@pytest.fixture(scope="module")
def valid() -> Any:
    return fastjsonschema.compile(msgspec.json.decode(FORMAT.read_bytes()))


@pytest.mark.parametrize("service", SERVICES)
def test_a_document_follows_the_format(service: str, valid: Any):
    document = golden(service)
    valid(document)
    next(iter(document["operations"].values()))["action"] = "publish"
    with pytest.raises(fastjsonschema.JsonSchemaException):
        valid(document)


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_a_document_refers_to_is_in_it(service: str):
    document = golden(service)
    found = list(references(document))
    assert len(found) > 20
    for reference in found:
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


@pytest.mark.parametrize("service", SERVICES)
def test_a_document_s_addresses_are_the_subjects_of_the_facts(service: str):
    document = golden(service)
    for fact in SAMPLES:
        if (channel := document["channels"].get(type(fact).__name__)) is None:
            continue
        wanted = re.escape(channel["address"]).replace(r"\{", "{").replace(r"\}", "}")
        assert re.fullmatch(re.sub(r"{[^}]+}", "[A-Za-z0-9_-]+", wanted), subject_of("d1", fact))
        assert set(re.findall(r"{([^}]+)}", channel["address"])) == set(channel["parameters"])


@pytest.mark.parametrize("fact", SAMPLES, ids=lambda fact: type(fact).__name__)
def test_a_fact_as_it_is_written_fits_its_schema(fact: Any):
    name = type(fact).__name__
    whole = {"components": {"schemas": schemas([type(fact)])}, "$ref": f"#/components/schemas/{name}"}
    fits = fastjsonschema.compile(whole)
    body = msgspec.json.decode(encode(fact))
    fits(body)
    for key in whole["components"]["schemas"][name].get("required", ()):  # type: ignore[index]
        with pytest.raises(fastjsonschema.JsonSchemaException):
            fits({k: v for k, v in body.items() if k != key})


def test_a_plain_publisher_need_not_say_the_type_of_its_request():
    assert schemas([FACTS["client", "DebateRequested"]])["DebateRequested"]["required"] == ["question"]


def test_each_service_says_the_facts_of_its_voice_and_of_no_other():
    said = {
        service: {name.removeprefix("say") for name in golden(service)["operations"] if name.startswith("say")}
        for service in SERVICES
    }
    voices = {"workflow": "workflow", "debater": "debater", "orchestrator": "orchestration", "cost": "cost"}
    for service, voice in voices.items():
        assert said[service] == {kind for spoken, kind in FACTS if spoken == voice}


def test_what_is_delivered_to_a_service_is_what_its_document_hears():
    """Every fact goes through the filters of the feeds, and nothing else is documented as heard."""
    for feed in provision.feeds({"script": 1}):
        service = feed.durable.partition("-")[0]
        delivered = {fact.__name__ for pattern in feed.filters for fact in facts_under(pattern)}
        heard = {name.removeprefix("hear") for name in golden(service)["operations"] if name.startswith("hear")}
        assert delivered <= heard, feed.durable
        assert delivered or feed.durable == "workflow-timers"


@pytest.mark.parametrize(
    ("pattern", "kinds"),
    [
        ("evt.workflow.*.TurnRequested.script.>", {"TurnRequested"}),
        ("evt.cost.*.DebateBilled", {"DebateBilled"}),
        ("evt.workflow.*.RulingRequested", set()),
        ("evt.orchestration.>", {kind for voice, kind in FACTS if voice == "orchestration"}),
        ("tmr.fired.workflow.>", set()),
    ],
)
def test_a_filter_lets_through_the_facts_whose_subjects_it_fits(pattern: str, kinds: set[str]):
    assert {fact.__name__ for fact in facts_under(pattern)} == kinds
