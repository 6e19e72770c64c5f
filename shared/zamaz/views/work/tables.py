"""The tables of the work view.

Rows about one debate begin with its id. Sums are kept by requester, workflow and day (of the fact, UTC), and once more
by month, so that a year's figures are read from a few hundred rows: `span` says which a row is, `day` is 2026-01-31 or
2026-01. Money is counted in whole units of 1e-10 dollar, the smallest price
there is, so that sums are exact in every database.
"""

from __future__ import annotations

from decimal import Decimal

from zamaz.views.tables import INTEGER, REAL, TEXT, Table

UNIT_USD = Decimal("1e-10")
CALL, TURN, RULING = "call", "turn", "ruling"

_PARTY = {"requester": TEXT, "workflow": TEXT}
_WHEN = {"span": TEXT, "day": TEXT}
DAY, MONTH = "day", "month"
_TOKENS = dict.fromkeys(("input", "cached_input", "cache_write", "output", "reasoning"), INTEGER)
TOKENS = tuple(_TOKENS)

PARTIES = Table(
    "parties",
    ("debate",),
    {
        "debate": TEXT,
        **_PARTY,
        "requested_at": TEXT,
        "ended_at": TEXT,
        "ending": TEXT,
        "reason": TEXT,
        "consensus": INTEGER,
        "partial": INTEGER,
        "rounds": INTEGER,
        "took_ms": INTEGER,
        "amount": INTEGER,
    },
)
"""Whose debate it is, by which definition, how it ended, and what it has cost."""

TURNS = Table(
    "turns",
    ("debate", "turn"),
    {
        "debate": TEXT,
        "turn": TEXT,
        "round": INTEGER,
        "step": TEXT,
        "participant": TEXT,
        "provider": TEXT,
        "model": TEXT,
        "attempt": INTEGER,
        "outcome": TEXT,
        "why": TEXT,
        "latency_ms": INTEGER,
        **_TOKENS,
        "asked_at": TEXT,
        "ended_at": TEXT,
    },
)
"""`outcome`: asked, answered, unparsed, or the kind of its failure; `why` says more of the last two."""

RULINGS = Table(
    "rulings",
    ("debate", "ruling"),
    {
        "debate": TEXT,
        "ruling": TEXT,
        "kind": TEXT,
        "round": INTEGER,
        "rung": TEXT,
        "passed": TEXT,
        "said": TEXT,
        "provider": TEXT,
        "model": TEXT,
        "confidence": REAL,
        "cached": INTEGER,
        "latency_ms": INTEGER,
        **_TOKENS,
        "reads": INTEGER,
        "asked_at": TEXT,
        "ended_at": TEXT,
    },
)
"""`passed` names the rungs below; `reads` are the output tokens of the turns that it is about."""

CALLS = Table(
    "calls",
    ("debate", "call"),
    {
        "debate": TEXT,
        "call": TEXT,
        "part": TEXT,
        "provider": TEXT,
        "model": TEXT,
        "basis": TEXT,
        "amount": INTEGER,
        "day": TEXT,
        **_PARTY,
        "by_process": TEXT,
        "started_at": TEXT,
        "priced_at": TEXT,
    },
)
"""Every call that was started or priced; `part`: turn or ruling. `day` is that of the price, "" while it has none."""

PARTICIPANTS = Table(
    "participants",
    ("debate", "participant"),
    {
        "debate": TEXT,
        "participant": TEXT,
        "role": TEXT,
        "provider": TEXT,
        "model": TEXT,
        "answers": INTEGER,
        "failures": INTEGER,
        "won": INTEGER,
        "dissented": INTEGER,
        "left_why": TEXT,
    },
)

SPENDING = Table(
    "spending",
    ("span", "day", "requester", "workflow", "part", "provider", "model", "basis"),
    {
        **_WHEN,
        **_PARTY,
        "part": TEXT,
        "provider": TEXT,
        "model": TEXT,
        "basis": TEXT,
        "calls": INTEGER,
        "amount": INTEGER,
    },
    indexes=(("span", "requester", "day"),),
)

ENDINGS = Table(
    "endings",
    ("span", "day", "requester", "workflow", "ending", "reason", "consensus", "partial", "rounds"),
    {
        **_WHEN,
        **_PARTY,
        "ending": TEXT,
        "reason": TEXT,
        "consensus": INTEGER,
        "partial": INTEGER,
        "rounds": INTEGER,
        "debates": INTEGER,
        "took_ms": INTEGER,
        "amount": INTEGER,
    },
)
"""How many debates ended so, how long they took together, and what they cost, whenever that was paid."""

OUTCOMES = Table(
    "outcomes",
    ("span", "day", "requester", "workflow", "part", "name", "outcome"),
    {**_WHEN, **_PARTY, "part": TEXT, "name": TEXT, "outcome": TEXT, "times": INTEGER, **_TOKENS, "reads": INTEGER},
)
"""How turns ended by provider (part turn), and rulings by rung (part ruling, outcome `<kind> <answered | passed>`)."""

LATENCIES = Table(
    "latencies",
    ("span", "day", "requester", "workflow", "part", "name", "bucket"),
    {**_WHEN, **_PARTY, "part": TEXT, "name": TEXT, "bucket": INTEGER, "times": INTEGER},
)
"""A histogram of answers by provider and of rulings by rung; `bucket` as in `zamaz.views.buckets`."""

AGREEMENT = Table(
    "agreement",
    ("span", "day", "kind", "ruled_by", "rung"),
    {
        **_WHEN,
        "kind": TEXT,
        "ruled_by": TEXT,
        "rung": TEXT,
        "asked": INTEGER,
        "judged": INTEGER,
        "agreed": INTEGER,
        "regret": INTEGER,
    },
)
"""How often another rung (`rung`) says the same as the one that ruled; `regret` is summed in millionths."""

SHADOWS = Table(
    "shadows",
    ("debate", "ruling"),
    {
        "debate": TEXT,
        "ruling": TEXT,
        "day": TEXT,
        "kind": TEXT,
        "ruled_by": TEXT,
        "rung": TEXT,
        "agrees": INTEGER,
        "regret": INTEGER,
    },
)
"""`agrees`: 1, 0, or -1 where the other rung could not say."""

DETAILS = (PARTIES, TURNS, RULINGS, CALLS, PARTICIPANTS, SHADOWS)
SUMS = (SPENDING, ENDINGS, OUTCOMES, LATENCIES, AGREEMENT)
