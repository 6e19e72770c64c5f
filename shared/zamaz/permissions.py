"""Who may say and hear what on the NATS server, as its configuration (`zamaz permissions` prints it).

Everything is made out of the table of feeds, so that the server's rules cannot drift from the code's names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zamaz import subjects
from zamaz.provision import Feed, feeds

INIT, CLIENT, OPERATOR = "init", "client", "operator"
VOICES = {"workflow": "workflow", "debater": "debater", "orchestrator": "orchestration", "cost": "cost"}
"""The voice of each service."""

USERS = (INIT, *VOICES, CLIENT, OPERATOR)
KEYS_FILE = "keys/keys.conf"
"""Where the server finds the public keys, from the folder of its permissions."""

_CONSUMER, _DIRECT_GET = "$JS.API.CONSUMER", "$JS.API.DIRECT.GET"
_HEADER = """\
# Who may say and hear what. Written by `zamaz permissions`: edits are lost. What is not listed is refused.
#
# Each service says facts in its own voice only, asks only its own consumers for messages and hears only its own
# inbox. Nobody but init touches streams; init says no facts. The consumers of the debater's providers are listed
# one by one, because no pattern matches a part of a name: after adding a provider to models.yaml write this file
# anew and reload the server.
#
# A client (any application, reader or command line) says evt.client.> and reads everything. It makes, reads and
# deletes consumers of its own on EVENTS, under any name: JetStream knows no pattern for "its own", so all names
# are allowed and those of the services refused. Clients that share the key share their consumers.
#
# An operator (`zamaz erase`, `archive`, `import archive`) may purge the log and put back what any voice had said: its
# key belongs to nobody else, and to no service.
#
# This holds mistakes, not malice: the server sends an answer to whatever subject the request names, without asking
# whether the asker may say that. Whoever holds any of these keys, and knows how, can make the server say anything.
"""


@dataclass(frozen=True)
class User:
    """One user: the subjects that it may publish and subscribe. The `not_` ones are refused although a wider
    pattern allows them."""

    name: str
    says: tuple[str, ...]
    hears: tuple[str, ...]
    not_says: tuple[str, ...] = ()
    not_hears: tuple[str, ...] = ()


def key_variable(user: str) -> str:
    """The variable of the server's configuration that holds a user's public key."""
    return f"{user.upper()}_KEY"


def users(providers: Iterable[str]) -> list[User]:
    """Everyone who may connect; `providers` are those of models.yaml."""
    table = feeds(dict.fromkeys(providers, 1))
    return [_init(), *(_service(name, table) for name in VOICES), _client(table), _operator(table)]


def _init() -> User:
    says = ("$JS.API.INFO", "$JS.API.STREAM.>", f"{_CONSUMER}.>")
    return User(INIT, says, (f"{subjects.inbox(INIT)}.>",))


def _service(name: str, table: Iterable[Feed]) -> User:
    own = [feed for feed in table if subjects.owner(feed.durable) == name]
    says = (
        subjects.spoken(VOICES[name]),
        *_reads(subjects.EVENTS),
        *_MORE.get(name, ()),
        *(line for feed in own for line in _hears_feed(feed.stream, feed.durable)),
        # An open circuit is the provider's consumer, paused.
        *(f"{_CONSUMER}.PAUSE.{feed.stream}.{feed.durable}" for feed in own if name == "debater"),
    )
    return User(name, says, (f"{subjects.inbox(name)}.>",))


def _reads(stream: str) -> tuple[str, str]:
    """Direct gets: of many messages, and of the one on a subject."""
    return f"{_DIRECT_GET}.{stream}", f"{_DIRECT_GET}.{stream}.>"


_MORE: Mapping[str, tuple[str, ...]] = {
    # Wake timers, which debaters live, and what is being written.
    "workflow": (subjects.schedules_of("workflow"), *_reads(subjects.ALIVE_STREAM)),
    # Circuits and limits of its rungs, rulings that stand again, and which of them live.
    "orchestrator": (
        f"$KV.{subjects.RUNGS_BUCKET}.>",
        f"$KV.{subjects.RULINGS_BUCKET}.>",
        f"$KV.{subjects.ALIVE_BUCKET}.*",
        *_reads(subjects.RUNGS_STREAM),
        *_reads(subjects.RULINGS_STREAM),
        *_reads(subjects.ALIVE_STREAM),
    ),
    "debater": (
        subjects.live_of("*"),
        f"$KV.{subjects.ALIVE_BUCKET}.*",
        *_reads(subjects.ALIVE_STREAM),
        subjects.kv(subjects.LIMITS_BUCKET, ">"),
        *_reads(subjects.LIMITS_STREAM),
    ),
}


def _hears_feed(stream: str, durable: str) -> tuple[str, ...]:
    """Look at a consumer, ask it for messages, and answer them (the second form comes with a domain)."""
    return (
        f"{_CONSUMER}.INFO.{stream}.{durable}",
        f"{_CONSUMER}.MSG.NEXT.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
        f"$JS.ACK.*.*.{stream}.{durable}.>",
    )


def _client(table: Iterable[Feed]) -> User:
    streams = (subjects.EVENTS, subjects.DEAD_LETTERS)
    says = (
        subjects.spoken("client"),
        *_reads(subjects.EVENTS),
        *_reads(subjects.ALIVE_STREAM),
        *_reads(subjects.LIMITS_STREAM),
        *(f"$JS.API.STREAM.INFO.{stream}" for stream in streams),
        # A dead letter tells the place of its message in one of these.
        *(f"$JS.API.STREAM.MSG.GET.{stream}" for stream in (*streams, subjects.timers_stream("workflow"))),
        f"{_CONSUMER}.CREATE.{subjects.EVENTS}.>",
        f"{_CONSUMER}.DELETE.{subjects.EVENTS}.*",
        *_hears_feed(subjects.EVENTS, "*"),
    )
    services = [feed.durable for feed in table if feed.stream == subjects.EVENTS]
    not_hears = tuple(f"{subjects.inbox(user)}.>" for user in (INIT, *VOICES, OPERATOR))
    return User(
        CLIENT,
        says,
        ("_INBOX.>", subjects.EVENTS_SUBJECTS, subjects.live_of("*")),
        tuple(line for durable in services for line in _takes(subjects.EVENTS, durable)),
        not_hears,
    )


def _operator(table: Iterable[Feed]) -> User:
    """Whoever erases, archives and puts back: a reader who may purge the log, and say every voice's facts again."""
    reader = _client(table)
    reads = tuple(line for line in reader.says if line != subjects.spoken("client"))
    says = (subjects.EVENTS_SUBJECTS, f"$JS.API.STREAM.PURGE.{subjects.EVENTS}", *reads)
    return User(OPERATOR, says, (f"{subjects.inbox(OPERATOR)}.>",), reader.not_says)


def _takes(stream: str, durable: str) -> tuple[str, ...]:
    """What would change a consumer or take its messages."""
    return (
        f"{_CONSUMER}.CREATE.{stream}.{durable}",
        f"{_CONSUMER}.CREATE.{stream}.{durable}.>",
        f"{_CONSUMER}.DELETE.{stream}.{durable}",
        f"{_CONSUMER}.MSG.NEXT.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
        f"$JS.ACK.*.*.{stream}.{durable}.>",
    )


def configuration(providers: Iterable[str]) -> str:
    """The text of permissions.conf."""
    blocks = "".join(map(_block, users(providers)))
    return f"{_HEADER}\ninclude ./{KEYS_FILE}\n\nauthorization {{\n  users: [\n{blocks}  ]\n}}\n"


def _block(user: User) -> str:
    return (
        f"    {{ # {user.name}\n"
        f"      nkey: ${key_variable(user.name)}\n"
        "      permissions: {\n"
        f"        publish: {_rights(user.says, user.not_says)}"
        f"        subscribe: {_rights(user.hears, user.not_hears)}"
        "      }\n"
        "    }\n"
    )


def _rights(allowed: Iterable[str], refused: Iterable[str]) -> str:
    parts = [("allow", allowed), *([("deny", refused)] if refused else [])]
    return "{\n" + "".join(_subjects(word, some) for word, some in parts) + "        }\n"


def _subjects(word: str, some: Iterable[str]) -> str:
    lines = "".join(f'            "{subject}"\n' for subject in some)
    return f"          {word}: [\n{lines}          ]\n"
