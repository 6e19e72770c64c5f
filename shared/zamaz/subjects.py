"""Every subject, stream, durable and bucket, spelled once.

A fact is named `evt.<voice>.<debate>.<Type>[.<key>…]`. The stream keeps one message a subject and
refuses a second, so the name alone says each fact once.
"""

from __future__ import annotations

import re
import uuid
from functools import lru_cache
from hashlib import sha1
from typing import NamedTuple

from zamaz.errors import InvalidNameError

EVENTS = "EVENTS"
EVENTS_SUBJECTS = "evt.>"
DEAD_LETTERS = "DEAD_LETTERS"
# Of the log alone: a timer that fires again while it is heard ends the first delivery, and loses nothing.
DEAD_LETTER_SUBJECTS = (
    f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{EVENTS}.>",
    f"$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.{EVENTS}.>",
)
ALIVE_BUCKET = "ZAMAZ_ALIVE"
ALIVE_STREAM = f"KV_{ALIVE_BUCKET}"
RUNGS_BUCKET = "ZAMAZ_RUNGS"
RUNGS_STREAM = f"KV_{RUNGS_BUCKET}"
"""Circuits and limits of the orchestrators' rungs."""
RULINGS_BUCKET = "ZAMAZ_RULINGS"
RULINGS_STREAM = f"KV_{RULINGS_BUCKET}"
"""Rulings of models that stand for the same question again."""
LIMITS_BUCKET = "ZAMAZ_LIMITS"
LIMITS_STREAM = f"KV_{LIMITS_BUCKET}"
"""Circuits and limits of the debaters' providers."""

VOICES = ("client", "workflow", "debater", "orchestration", "cost", "operator")
LIBRARY = "prompts"
"""The id under which the workflow keeps prompt templates: `evt.workflow.prompts.PromptKept.<digest>`."""
BUDGETS = "budget-"
"""How the ids begin that hold the facts of shared budgets."""
_MARK_DIGITS = 16
ALERTS = "alerts"
"""The id of alerts that are about no single debate and no budget."""

_URLS = uuid.NAMESPACE_URL.bytes
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_NAME = re.compile(r"evt(?:\.[A-Za-z0-9_-]{1,64}){3,}\Z")


class Name(NamedTuple):
    """A fact's name, read back from its subject. `key` joins the key tokens with a dot."""

    voice: str
    debate: str
    type: str
    key: str


def is_token(text: str) -> bool:
    """Whether `text` can stand as one token of a subject."""
    return _TOKEN.match(text) is not None


def token(text: str) -> str:
    """`text` itself, or InvalidNameError when it cannot stand in a subject."""
    if not is_token(text):
        raise InvalidNameError(f"{text[:80]!r} is no token: 1 to 64 of A-Z a-z 0-9 _ -")
    return text


def name(voice: str, debate: str, kind: str, *key: str) -> str:
    """The subject of one fact. Raises InvalidNameError."""
    return ".".join(("evt", voice, token(debate), kind, *map(token, key)))


def is_name(subject: str) -> bool:
    """Whether a subject names a fact."""
    return _NAME.match(subject) is not None


def parse(subject: str) -> Name:
    """The parts of a fact's subject. Raises InvalidNameError for anything else."""
    if not is_name(subject):
        raise InvalidNameError(f"{subject[:200]!r} is not the name of a fact")
    _, voice, debate, kind, *key = subject.split(".", 4)
    return Name(voice, debate, kind, key[0] if key else "")


def voice_of(voice: str, debate: str) -> str:
    """The filter over all that one voice said in one debate: what optimistic concurrency counts."""
    return f"evt.{voice}.{token(debate)}.>"


def spoken(voice: str) -> str:
    """The filter over all that one voice says, in every debate."""
    return f"evt.{voice}.>"


def all_of(debate: str) -> str:
    """The filter over every fact of one debate."""
    return f"evt.*.{token(debate)}.>"


def answers_of(debate: str, turn: str) -> str:
    """The filter over the one answer of a turn, whichever its type."""
    return f"evt.debater.{token(debate)}.*.{token(turn)}"


def turn_requests(debate: str, turn: str) -> str:
    """The filter over the request of a turn, whichever provider it was addressed to."""
    return f"evt.workflow.{token(debate)}.TurnRequested.*.{token(turn)}"


def money_answers(debate: str, number: int) -> str:
    """The filter over the one answer to a debate's request for money. No other fact of the cost service has a number
    alone for its key."""
    return f"evt.cost.{token(debate)}.*.{number}"


def is_kept(debate: str) -> bool:
    """Whether an id is kept for what is no debate: prompt templates, budgets, alerts."""
    return debate in (LIBRARY, ALERTS) or debate.startswith(BUDGETS)


def each(voice: str, kind: str, *, keyed: bool) -> str:
    """The filter over one type of fact in every debate."""
    return f"evt.{voice}.*.{kind}" + (".>" if keyed else "")


def each_of(voice: str) -> str:
    """The filter over all that one voice said, in every debate."""
    return f"evt.{voice}.*.>"


def fact_id(subject: str) -> str:
    """ce-id: uuid5(debate, `<Type>/<key>`), the same for every writer of the same fact."""
    _, _, debate, kind, *key = subject.split(".")
    return made_id(debate, f"{kind}/{'/'.join(key)}")


@lru_cache(maxsize=8192)
def made_id(debate: str, path: str) -> str:
    """A stable id of something within a debate (a turn, a ruling, a decision): a uuid5."""
    # The object that `uuid` makes on the way costs several times the digest.
    digits = sha1(_URLS + f"zamaz:{debate}/{path}".encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


# Cells that replicas share.


def kv_stream(bucket: str) -> str:
    """The stream of a KV bucket."""
    return f"KV_{bucket}"


def kv(bucket: str, key: str) -> str:
    """The subject of one key of a bucket."""
    return f"$KV.{bucket}.{key}"


def circuit(provider: str) -> str:
    """The key of a provider's circuit, in the bucket of the debaters' limits."""
    return f"circuit.{token(provider)}"


# Answers as they grow: core NATS, in no stream.


def live(debate: str, turn: str) -> str:
    """Where the text of a turn is told as it grows."""
    return f"live.{token(debate)}.{token(turn)}"


def live_of(debate: str) -> str:
    """The filter over all that is being written in a debate; `*` for every debate."""
    return f"live.{debate if debate == '*' else token(debate)}.*"


# Timers: one stream an owner, so that only the owner can write there.


def timers_stream(service: str) -> str:
    """The stream that holds one service's durable timers."""
    return f"TIMERS_{service.upper()}"


def timers_subjects(service: str) -> str:
    """Everything in that stream: schedules and what they fired."""
    return f"tmr.*.{service}.>"


def wake_schedule(service: str, debate: str, at_ms: int) -> str:
    """Where a wake timer of a debate is armed for a moment (milliseconds since 1970).

    The moment is part of the name: replicas with the same need share a timer, other needs stand beside it.
    """
    return f"tmr.sched.{service}.{token(debate)}.{at_ms}"


def wake_fired(service: str, debate: str, at_ms: int) -> str:
    """Where it fires."""
    return f"tmr.fired.{service}.{token(debate)}.{at_ms}"


def woken(subject: str) -> str:
    """The debate that a fired timer wakes; "" for a subject that is no timer's."""
    head, _, rest = subject.partition(".")
    return rest.split(".")[2] if head == "tmr" and rest.count(".") == 3 else ""


def schedules_of(service: str) -> str:
    """Where a service arms its timers."""
    return f"tmr.sched.{service}.>"


def fired_by(service: str) -> str:
    """The filter over all fired timers of a service."""
    return f"tmr.fired.{service}.>"


# Durables and inboxes, fixed from the first day: permissions name them.


def durable(service: str) -> str:
    """The durable consumer of a service that reads one feed."""
    return service


def timer_durable(service: str) -> str:
    """The durable consumer of a service's fired timers."""
    return f"{service}-timers"


def provider_durable(provider: str) -> str:
    """The durable consumer of one provider's turns; its max_ack_pending is that provider's limit."""
    return f"debater-{token(provider)}"


def provider_turns(provider: str) -> str:
    """The filter over all turns asked of one provider."""
    return f"evt.workflow.*.TurnRequested.{token(provider)}.>"


def alerts_durable(service: str) -> str:
    """The durable consumer of the alerts that a service sends."""
    return f"{service}-alerts"


def owner(durable: str) -> str:
    """The service that a durable of ours belongs to."""
    return durable.partition("-")[0]


def inbox(service: str) -> str:
    """The inbox prefix of a service."""
    return f"_INBOX.{service}"


def budget(span: str, requester: str | None = None) -> str:
    """The id of a budget that debates share, of a span like day-2026-01-31, month-2026-01 or all. A requester's own has
    a mark of its name in it: a name may hold anything, an id may not."""
    if requester is None:
        return BUDGETS + span
    return f"{BUDGETS}of-{made_id('requester', requester).replace('-', '')[:_MARK_DIGITS]}-{span}"
