"""The AsyncAPI 3 document of a service, out of what runs: its feeds, what its fold reads, and its voice's facts."""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from zamaz import subjects
from zamaz.decider import Folding
from zamaz.events import FACTS, ce_type_of
from zamaz.events.base import Fact
from zamaz.provision import Feed

Json = dict[str, Any]
_SCHEMAS = "#/components/schemas/"
_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0, NATS binary mode. A plain publisher may leave all of them out.",
    "properties": {
        "ce-specversion": {"const": "1.0"},
        "ce-id": {"type": "string", "format": "uuid"},
        "ce-type": {"type": "string"},
        "ce-source": {"type": "string", "format": "uri-reference"},
        "ce-time": {"type": "string", "format": "date-time"},
        "ce-correlationid": {"type": "string", "description": "The debate."},
        "ce-causationid": {"type": "string", "description": "The ce-id of the fact that caused this one."},
        "ce-traceparent": {"type": "string", "description": "W3C Trace Context."},
    },
}
_CLOUD_EVENT = {"headers": _HEADERS, "correlationId": {"location": "$message.header#/ce-correlationid"}}
_HEARD = "Delivered by a durable consumer; acknowledged when what it makes necessary is said."
_READ = "Read back from the log when the debate is folded."
_SAID = "Said once for ever: the log refuses a second message on the same subject."


def document(service: str, folding: Folding[Any], feeds: Iterable[Feed]) -> Json:
    """What the service hears, reads and says, as an AsyncAPI 3.0 document."""
    heard = list(dict.fromkeys(fact for feed in feeds for one in feed.filters for fact in facts_under(one)))
    read = [fact for one in folding.filters("debate") for fact in facts_under(one) if fact not in heard]
    said = [fact for fact in FACTS.values() if fact.voice == folding.voice]
    known = list(dict.fromkeys((*heard, *read, *said)))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Zamaz Debate: {service}",
            "version": importlib.metadata.version("zamaz-debate"),
            "description": f"The {service} service speaks as `{folding.voice}` on the stream {subjects.EVENTS}.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"nats": _server()},
        "channels": {fact.__name__: _channel(fact) for fact in known},
        "operations": dict(
            (
                *(_operation("hear", "receive", fact, _HEARD) for fact in heard),
                *(_operation("read", "receive", fact, _READ) for fact in read),
                *(_operation("say", "send", fact, _SAID) for fact in said),
            )
        ),
        "components": {
            "messages": {fact.__name__: _message(fact) for fact in known},
            "messageTraits": {"cloudEvent": _CLOUD_EVENT},
            "schemas": schemas(known),
        },
    }


def facts_under(pattern: str) -> Iterator[type[Fact]]:
    """The facts whose subjects a filter lets through, in any debate."""
    wanted = pattern.split(".")
    for fact in FACTS.values():
        named = ["evt", fact.voice, "*", fact.__name__, *("*" for _ in fact.key)]
        if _lets_through(wanted, named):
            yield fact


def _lets_through(wanted: list[str], named: list[str]) -> bool:
    for n, part in enumerate(wanted):
        if part == ">":
            return len(named) > n
        if n >= len(named) or (part != named[n] and "*" not in (part, named[n])):
            return False
    return len(wanted) == len(named)


def schemas(facts: Iterable[type[Fact]]) -> Json:
    """The JSON schemas of the bodies and of what is in them, by name."""
    listed = list(facts)
    _, found = msgspec.json.schema_components(listed, ref_template=_SCHEMAS + "{name}")
    for schema in found.values():
        schema["description"] = inspect.cleandoc(schema.get("description", ""))
    for fact in listed:
        if fact.voice == "client":
            # A plain publisher says on the subject what it says, and need not repeat it.
            found[fact.__name__]["required"] = [f for f in found[fact.__name__].get("required", ()) if f != "type"]
    return found


def _server() -> Json:
    return {
        "host": "{host}",
        "protocol": "nats",
        "description": "ZAMAZ_NATS_URL",
        "variables": {"host": {"default": "127.0.0.1:4222"}},
    }


def _channel(fact: type[Fact]) -> Json:
    parameters: Json = {"debate": {"description": "The debate's id, 1 to 64 of A-Z a-z 0-9 _ -"}}
    parameters |= {key: {"description": f"The fact's own `{key}`"} for key in fact.key}
    return {
        "address": ".".join(("evt", fact.voice, "{debate}", fact.__name__, *(f"{{{key}}}" for key in fact.key))),
        "parameters": parameters,
        "messages": {fact.__name__: {"$ref": f"#/components/messages/{fact.__name__}"}},
    }


def _operation(verb: str, action: str, fact: type[Fact], how: str) -> tuple[str, Json]:
    channel = f"#/channels/{fact.__name__}"
    return f"{verb}{fact.__name__}", {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{fact.__name__}"}],
        "summary": how,
    }


def _message(fact: type[Fact]) -> Json:
    return {
        "name": ce_type_of(fact),
        "title": fact.__name__,
        "summary": (inspect.getdoc(fact) or "").split("\n\n")[0].replace("\n", " "),
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": _SCHEMAS + fact.__name__},
    }
