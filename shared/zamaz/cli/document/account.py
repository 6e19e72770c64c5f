"""The account of a debate, out of its facts: question, decision, dissent, positions, arguments, bill and log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

from msgspec.structs import replace

from zamaz import subjects
from zamaz.chain import Chain
from zamaz.cli.document import Block, Document, Plain, Prose, Section, Sentence, Table, told, when
from zamaz.cli.document.argued import arguments
from zamaz.cli.scene import Scene, by_round, evolve, stand
from zamaz.cli.text import harmless
from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateImported
from zamaz.events.debater import ArgumentPresented
from zamaz.events.workflow import (
    DebateCancelled,
    DebateChanged,
    DebateCompleted,
    DebateFailed,
    DebateRejected,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
)
from zamaz.inflight import terms_of

UNREADABLE = "(a question that cannot be read)"


def document(chain: Chain, inherited: Sequence[Recorded] = ()) -> Document:
    """The document of an exported debate; a fork has `inherited` facts of its parent's before its own.

    Raises NoExport and InvalidNameError for facts that are none."""
    own = (fact.stored.recorded() for fact in chain.facts)
    facts = [_harmless(heard) for heard in (*inherited, *own)]
    scene = reduce(evolve, facts, Scene())
    if isinstance(scene.ending, DebateImported):
        return Document(scene.ending.record.question, (*_imported(scene.ending), *_log(chain)))
    question = scene.request.question if scene.request else UNREADABLE
    blocks = (
        *_head(chain, scene),
        *_decision(scene),
        *_vote(scene),
        *_positions(scene),
        *_on_the_way(facts),
        *arguments(scene, facts),
        *_bill(scene, facts),
        *_context(scene),
        *_log(chain),
    )
    return Document(question, blocks)


def _harmless(heard: Recorded) -> Recorded:
    return replace(heard, fact=harmless(heard.fact)) if isinstance(heard.fact, Fact) else heard


def _head(chain: Chain, scene: Scene) -> Iterator[Block]:
    request, started = scene.request, scene.started
    seats = (f"{seat.participant} ({seat.provider}/{seat.model})" for seat in started.seats) if started else ()
    yield told(
        ("Debate", chain.debate),
        ("State", outcome(scene)),
        ("Forked from", f"{scene.forked.parent} at {scene.forked.at}" if scene.forked else ""),
        (
            "Changed",
            "; ".join(f"{key}: {value}" for key, value in scene.forked.changes.items()) if scene.forked else "",
        ),
        ("Workflow", started.workflow if started else ""),
        ("Participants", ", ".join(seats)),
        ("Options", ", ".join(request.options) if request else ""),
        ("Asked by", request.requester if request else ""),
        ("Asked", when(scene.asked)),
        ("Ended", when(scene.ended)),
    )


def outcome(scene: Scene) -> str:
    """How the debate ended, or that it has not."""
    match scene.ending:
        case DebateCompleted() as done:
            rounds = f"{done.rounds} round{'s' if done.rounds != 1 else ''}"
            partial = "; partial: not every seat is in it" if done.partial else ""
            return f"completed by {done.stop_reason} ({done.stop_detail}) after {rounds}{partial}"
        case DebateRejected() as no:
            return f"rejected ({no.reason}): {no.why}"
        case DebateFailed() as failed:
            return f"failed ({failed.stop_reason}): {failed.why}"
        case DebateCancelled() as ended:
            return f"cancelled by {ended.by or 'somebody'}: {ended.why or 'no reason given'}"
    if scene.paused or scene.people:
        return "paused" if scene.paused else f"waits for a human: {scene.people.why}" if scene.people else ""
    return "running" if scene.started else "requested"


def _decision(scene: Scene) -> Iterator[Block]:
    yield Section("Decision")
    done = scene.ending
    if not isinstance(done, DebateCompleted):
        yield Sentence("There is none." if done else "There is none yet.")
        return
    yield Sentence(done.decision, strong=True)
    yield told(
        ("Option chosen", done.choice),
        ("Consensus", "yes" if done.consensus else "no"),
        ("Position of", done.winner),
        ("Kind", done.decision_type),
        ("Ruled by", done.ruled_by),
        ("Decision id", done.decision_id),
    )
    yield Section("Reasons")
    yield Prose(done.rationale)
    yield Section("Dissent")
    if not done.dissent:
        yield Sentence("None is on record.")
        return
    rows = (
        (each.participant, each.position, each.choice or (each.verdict or "").replace("_", " "), each.why)
        for each in done.dissent
    )
    yield Table(("participant", "position", "stand", "in its own words"), tuple(rows))


def _vote(scene: Scene) -> Iterator[Block]:
    ending = scene.ending
    tally = ending.tally if isinstance(ending, DebateCompleted | DebateFailed) else None
    if tally is None:
        return
    yield Section("Vote")
    rows = ((count.option, f"{count.votes:g}", ", ".join(count.by)) for count in tally.counts)
    yield Table(("for", "got", "of"), tuple(rows))
    yield Sentence(f"{tally.why}.")


def _positions(scene: Scene) -> Iterator[Block]:
    if not scene.held:
        return
    yield Section("Positions by round")
    rounds = sorted({argument.round for said in scene.held.values() for argument in said})
    rows = []
    for seat, said in scene.held.items():
        last = by_round(said)
        rows.append((seat, *(_position(last.get(n)) for n in rounds)))
    yield Table(("participant", *(f"round {n}" for n in rounds)), tuple(rows))
    if scene.scores:
        held = [
            (str(s.round), f"{s.score:.2f}", s.agreement, f"{s.rung} ({s.model})" if s.model else s.rung, s.why)
            for s in scene.scores
        ]
        yield Section("Agreement", 3)
        yield Table(("round", "score", "agreement", "ruled by", "why"), tuple(held))
    if scene.flow:
        yield Sentence(f"Consensus from a score of {scene.flow.consensus_threshold:.2f} on.")


def _position(argument: ArgumentPresented | None) -> str:
    if argument is None:
        return ""
    return f"{argument.position or 'no position: ' + argument.unparsed} ({stand(argument)})"


def _on_the_way(facts: Sequence[Recorded]) -> Iterator[Block]:
    """Who came and went, and what was changed while it ran: when, at whose wish and why."""
    rows = [(when(heard.at), *event) for heard in facts if (event := _event(heard.fact))]
    if rows:
        yield Section("Changed on the way")
        yield Table(("when", "what", "asked by", "why"), tuple(rows))


def _event(fact: object) -> tuple[str, str, str] | None:
    match fact:
        case ParticipantJoined():
            place = f" in the place of {fact.replaces}" if fact.replaces else ""
            return f"{fact.who.participant} joins{place}, from round {fact.since} on", fact.by, fact.why
        case ParticipantLeft():
            return f"{fact.participant} leaves", fact.by, fact.why
        case DebateChanged():
            return ", ".join(f"{name} {new}" for name, new in terms_of(fact)), fact.by, fact.why
        case RequestRefused():
            return f"{fact.asked} is refused", "", fact.why
    return None


def _bill(scene: Scene, facts: Sequence[Recorded]) -> Iterator[Block]:
    if not scene.priced and not scene.bill:
        return
    yield Section("Bill")
    whose = {fact.call: fact.participant for heard in facts if isinstance(fact := heard.fact, ArgumentPresented)}
    rows = tuple(
        (whose.get(call, ""), f"{price.provider}/{price.model}", f"${price.amount_usd}", price.basis.replace("_", " "))
        for call, price in scene.priced.items()
    )
    yield Table(("whose", "model", "price", "known by"), rows)
    sure = "" if scene.bill else " so far: not every call is priced yet"
    inexact = f"; {scene.inexact} estimated or unpriced" if scene.inexact else ""
    yield Sentence(f"${scene.cost} for {len(scene.priced)} calls{sure}{inexact}.", strong=True)


def _context(scene: Scene) -> Iterator[Block]:
    if scene.request and scene.request.context:
        yield Section("Context that came with the question")
        yield Plain(scene.request.context)


def _imported(fact: DebateImported) -> Iterator[Block]:
    record = fact.record
    yield told(("Held elsewhere as", record.id), ("Began", record.started_at), ("Ended", record.ended_at))
    yield Section("No decision" if record.decision_error else "Decision")
    yield Prose(record.decision)
    for round_ in record.rounds:
        for answer in round_.answers:
            yield Section(f"{answer.participant}, round {round_.round}{', no answer' * answer.error}", 3)
            yield Prose(answer.text)
    if record.context:
        yield Section("Context that came with the question")
        yield Plain(record.context)


def _log(chain: Chain) -> Iterator[Block]:
    yield Section("In the log")
    rows: list[Any] = []
    for fact in chain.facts:
        named = subjects.parse(fact.subject)
        rows.append((str(fact.seq), fact.time, named.voice, named.type, named.key))
    yield Table(("position", "stored", "said by", "fact", "key"), tuple(rows))
    yield Sentence(f"The hash chain over these {chain.count} facts ends in {chain.head}.")
