"""The table of streams, consumers and buckets, and the one step that makes them (`zamaz init`).

Services never create streams: with a wrong encryption key that would delete the old ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from nats.aio.client import Client as Nats
from nats.errors import Error as NatsError

from zamaz import subjects
from zamaz.connection import silence
from zamaz.errors import LogUnavailable, NotProvisioned, ServerUnreachable

OLDEST_SERVER = (2, 12)
"""Message schedules (the wake timers) came with this one."""

MIB = 1024 * 1024
DAY_NS = 24 * 3600 * 10**9
SECOND_NS = 10**9
ALIVE_TTL_S = 3.0
LIMITS_TTL_S, RUNGS_TTL_S, RULINGS_TTL_S = 3600.0, 3600.0, 30 * 86400.0
"""A circuit that nobody asks about for an hour is closed again; a kept ruling may stand for a month at most."""
SHORT_ACK_WAIT_S = 1.0
DEBATER_ACK_WAIT_S = 5.0


@dataclass(frozen=True)
class Feed:
    """A durable consumer. `ack_wait` is in seconds; `most` bounds what all its replicas hold together."""

    stream: str
    durable: str
    filters: tuple[str, ...]
    ack_wait: float = SHORT_ACK_WAIT_S
    most: int = 2000

    def config(self) -> dict[str, Any]:
        """As the server wants it."""
        return {
            "durable_name": self.durable,
            "name": self.durable,
            "filter_subjects": list(self.filters),
            "ack_policy": "explicit",
            "deliver_policy": "all",
            "ack_wait": int(self.ack_wait * SECOND_NS),
            "max_ack_pending": self.most,
            # Never given up by count: an outage of a night is no reason to forget a debate.
            "max_deliver": -1,
            "max_waiting": 512,
            "replay_policy": "instant",
        }


def events_stream(max_bytes: int, replicas: int) -> dict[str, Any]:
    """The log. One message a subject, and a second one is refused: append-only by name."""
    return {
        "name": subjects.EVENTS,
        "subjects": [subjects.EVENTS_SUBJECTS],
        "storage": "file",
        "retention": "limits",
        "allow_direct": True,
        "max_msgs_per_subject": 1,
        "discard": "new",
        "discard_new_per_subject": True,
        "max_bytes": max_bytes,
        "max_msg_size": MIB,
        "compression": "s2",
        "num_replicas": replicas,
    }


def streams(max_bytes: int = 8 * 1024 * MIB, replicas: int = 1) -> list[dict[str, Any]]:
    """Every stream: the log, the dead letters, the workflow's timers, who is alive, what replicas share."""
    return [
        events_stream(max_bytes, replicas),
        {
            "name": subjects.DEAD_LETTERS,
            "subjects": list(subjects.DEAD_LETTER_SUBJECTS),
            "max_age": 30 * DAY_NS,
            "max_bytes": 64 * MIB,
            "allow_direct": True,
            "num_replicas": replicas,
        },
        {
            "name": subjects.timers_stream("workflow"),
            "subjects": [subjects.timers_subjects("workflow")],
            "retention": "workqueue",
            "allow_msg_schedules": True,
            "max_msgs_per_subject": 1,
            "discard": "old",
            "max_bytes": 256 * MIB,
            "allow_direct": True,
            "num_replicas": replicas,
        },
        {
            "name": subjects.ALIVE_STREAM,
            "subjects": [f"$KV.{subjects.ALIVE_BUCKET}.>"],
            # In memory it would be gone with the server, and a stream that is gone stays gone until `zamaz init`.
            "storage": "file",
            "max_msgs_per_subject": 1,
            "max_age": int(ALIVE_TTL_S * SECOND_NS),
            "duplicate_window": int(ALIVE_TTL_S * SECOND_NS),
            "discard": "new",
            "allow_rollup_hdrs": True,
            "allow_direct": True,
            "deny_delete": True,
            "max_bytes": 16 * MIB,
            "num_replicas": replicas,
        },
        _shared(subjects.RUNGS_BUCKET, subjects.RUNGS_STREAM, RUNGS_TTL_S, 4 * MIB, replicas),
        _shared(subjects.RULINGS_BUCKET, subjects.RULINGS_STREAM, RULINGS_TTL_S, 64 * MIB, replicas),
        _shared(subjects.LIMITS_BUCKET, subjects.LIMITS_STREAM, LIMITS_TTL_S, 4 * MIB, replicas),
    ]


def _shared(bucket: str, stream: str, ttl_s: float, max_bytes: int, replicas: int) -> dict[str, Any]:
    """A bucket that may forget: what is oldest goes where it is full."""
    return {
        "name": stream,
        "subjects": [f"$KV.{bucket}.>"],
        "storage": "file",
        "max_msgs_per_subject": 1,
        "max_age": int(ttl_s * SECOND_NS),
        "discard": "old",
        "allow_rollup_hdrs": True,
        "allow_direct": True,
        "deny_delete": True,
        "max_bytes": max_bytes,
        "num_replicas": replicas,
    }


def feeds(providers: Mapping[str, int]) -> list[Feed]:
    """Every durable consumer. `providers` maps each provider to how many calls may run at once."""
    rulings = subjects.each("workflow", "RulingRequested", keyed=True)
    timers = subjects.timers_stream("workflow")
    return [
        Feed(subjects.EVENTS, subjects.durable("workflow"), _heard_by_workflow()),
        Feed(timers, subjects.timer_durable("workflow"), (subjects.fired_by("workflow"),)),
        Feed(subjects.EVENTS, subjects.durable("orchestrator"), (rulings,)),
        Feed(subjects.EVENTS, subjects.durable("cost"), _heard_by_cost()),
        Feed(subjects.EVENTS, subjects.alerts_durable("cost"), _worth_telling()),
        *(_provider_feed(provider, most) for provider, most in providers.items()),
    ]


def _heard_by_workflow() -> tuple[str, ...]:
    return (
        "evt.client.>",
        subjects.each("debater", "ArgumentPresented", keyed=True),
        subjects.each("debater", "TurnFailed", keyed=True),
        "evt.orchestration.>",
        subjects.each("cost", "DebateBilled", keyed=False),
        subjects.each("cost", "SpendReserved", keyed=True),
        subjects.each("cost", "SpendRefused", keyed=True),
    )


def _heard_by_cost() -> tuple[str, ...]:
    """Whatever may carry usage, whatever asks for money, and whatever may make a bill due."""
    paid = (subjects.each("debater", kind, keyed=True) for kind in ("ArgumentPresented", "TurnFailed", "CallDiscarded"))
    due = ("DecisionMade", "DebateCompleted", "DebateCancelled", "DebateFailed")
    wanted = subjects.each("workflow", "SpendRequested", keyed=True)
    return (*paid, "evt.orchestration.>", wanted, *(subjects.each("workflow", kind, keyed=False) for kind in due))


def _worth_telling() -> tuple[str, ...]:
    """What the cost service itself has said that somebody may want to be told of, and the alerts to send."""
    kinds = ("SpendRefused", "BudgetThresholdReached", "AlertRaised")
    return tuple(subjects.each("cost", kind, keyed=True) for kind in kinds)


def _provider_feed(provider: str, most: int) -> Feed:
    durable, turns = subjects.provider_durable(provider), (subjects.provider_turns(provider),)
    return Feed(subjects.EVENTS, durable, turns, ack_wait=DEBATER_ACK_WAIT_S, most=most)


async def configuration(nc: Nats, stream: str, durable: str) -> dict[str, Any]:
    """A consumer as the server has it; {} where there is none. Raises ServerUnreachable."""
    return (await _api(nc, f"CONSUMER.INFO.{stream}.{durable}", {})).config


async def pause(nc: Nats, stream: str, durable: str, until: datetime) -> None:
    """Let a consumer deliver nothing until then (UTC), whoever is restarted meanwhile. Raises LogUnavailable."""
    try:
        await _api(nc, f"CONSUMER.PAUSE.{stream}.{durable}", {"pause_until": until.isoformat()})
    except ServerUnreachable as error:
        raise LogUnavailable(f"{durable} was not paused: {error}") from error


async def done_upto(nc: Nats, stream: str, durable: str) -> int:
    """The sequence up to which a consumer has done with everything. Raises LogUnavailable."""
    try:
        return (await _api(nc, f"CONSUMER.INFO.{stream}.{durable}", {})).ack_floor.stream_seq
    except ServerUnreachable as error:
        raise LogUnavailable(f"{durable} could not be looked at: {error}") from error


class Backlog(NamedTuple):
    """Deliveries of a feed that wait, and those that are in work."""

    waiting: int
    in_work: int


class _Floor(msgspec.Struct):
    stream_seq: int = 0


class _Reply(msgspec.Struct):
    error: dict[str, Any] | None = None
    config: dict[str, Any] = {}
    num_pending: int = 0
    num_ack_pending: int = 0
    ack_floor: _Floor = msgspec.field(default_factory=_Floor)


async def _api(nc: Nats, call: str, body: Mapping[str, Any]) -> _Reply:
    try:
        reply = await nc.request(f"$JS.API.{call}", msgspec.json.encode(body), timeout=5)
    except (NatsError, TimeoutError) as error:
        raise silence(nc, error) from error
    return msgspec.json.decode(reply.data, type=_Reply)


async def _upsert_stream(nc: Nats, config: Mapping[str, Any]) -> str:
    name = config["name"]
    found = await _api(nc, f"STREAM.INFO.{name}", {})
    verb = "CREATE" if found.error else "UPDATE"
    made = await _api(nc, f"STREAM.{verb}.{name}", config)
    if made.error:
        raise NotProvisioned(f"stream {name}: {made.error['description']}")
    return f"stream {name}: {'made' if verb == 'CREATE' else 'kept'}"


async def _upsert_feed(nc: Nats, feed: Feed) -> str:
    call = f"CONSUMER.DURABLE.CREATE.{feed.stream}.{feed.durable}"
    stands = await configuration(nc, feed.stream, feed.durable)
    # A circuit that is open stays so.
    paused = {key: value for key, value in stands.items() if key == "pause_until"}
    made = await _api(nc, call, {"stream_name": feed.stream, "config": feed.config() | paused})
    if made.error:
        raise NotProvisioned(f"consumer {feed.durable}: {made.error['description']}")
    return f"consumer {feed.durable}: in place"


def server_problem(major: int, minor: int) -> str:
    """What is wrong with a server of this version, or ""."""
    if (major, minor) >= OLDEST_SERVER:
        return ""
    needed = ".".join(map(str, OLDEST_SERVER))
    return f"nats-server {major}.{minor} is too old: {needed} or newer is needed (message schedules)"


async def provision(
    nc: Nats, providers: Mapping[str, int], *, max_bytes: int = 8 * 1024 * MIB, replicas: int = 1
) -> list[str]:
    """Make or update everything in the table; one line each. Raises NotProvisioned, ServerUnreachable."""
    version = nc.connected_server_version
    if problem := server_problem(version.major, version.minor):
        raise NotProvisioned(problem)
    lines = [await _upsert_stream(nc, config) for config in streams(max_bytes, replicas)]
    return lines + [await _upsert_feed(nc, feed) for feed in feeds(providers)]


async def check(nc: Nats, wanted: Iterable[Feed]) -> None:
    """Hold a service's own feeds against the server's. Raises NotProvisioned, naming what to do."""
    for feed in wanted:
        found = await _api(nc, f"CONSUMER.INFO.{feed.stream}.{feed.durable}", {})
        if found.error:
            raise NotProvisioned(f"consumer {feed.durable} is missing: run `zamaz init`")
        for key, value in feed.config().items():
            if key in ("filter_subjects", "ack_wait", "max_ack_pending") and _told(found.config, key) != value:
                raise NotProvisioned(f"consumer {feed.durable} has another {key}: run `zamaz init`")


async def backlog(nc: Nats, feed: Feed) -> Backlog:
    """How far behind a feed is. Raises NotProvisioned and ServerUnreachable."""
    found = await _api(nc, f"CONSUMER.INFO.{feed.stream}.{feed.durable}", {})
    if found.error:
        raise NotProvisioned(f"consumer {feed.durable} is missing: run `zamaz init`")
    return Backlog(found.num_pending, found.num_ack_pending)


def _told(config: Mapping[str, Any], key: str) -> Any:
    """The server writes a single filter under another key."""
    if key == "filter_subjects" and "filter_subject" in config:
        return [config["filter_subject"]]
    return config.get(key)
