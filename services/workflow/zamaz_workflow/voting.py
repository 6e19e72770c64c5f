"""The vote: who is asked for a ballot, who breaks a tie, and whose words are taken. `protocols` does the counting."""

from __future__ import annotations

from zamaz.events import Fact
from zamaz.events.debater import ArgumentPresented
from zamaz.events.voting import Tally
from zamaz.events.workflow import DebateStarted, RoundStarted, VotesCounted
from zamaz_workflow import panel, protocols, turns
from zamaz_workflow.ballots import (
    Candidate,
    ballot_of,
    ballots,
    candidates,
    is_asked,
    options_of,
    standing,
    vote_step,
)
from zamaz_workflow.course import Stop
from zamaz_workflow.debate import Debate
from zamaz_workflow.standing import LABELS
from zamaz_workflow.turns import Asking, Moment


def binds(start: DebateStarted, stop: Stop) -> bool:
    """Whether the protocol decides: where there is no consensus, and with a judge always."""
    name = start.flow.protocol.name
    return name == "judge" or (name != "consensus" and stop.reason != "consensus")


def move(d: Debate, start: DebateStarted, stop: Stop, moment: Moment) -> list[Fact] | Tally:
    """What the vote still needs ([]: it waits), or the tally that stands."""
    if counted := d.counted.get(d.rounds):
        return [RoundStarted(round=d.rounds + 1)] if _once_more(d, start, stop, counted.tally) else counted.tally
    found = candidates(d, standing(d, start, stop))
    if asking := _ballots_wanted(d, start, stop, found):
        outcome = turns.ask(d, start, asking, moment)
        if outcome.said or outcome.open:
            return list(outcome.said)
    names = [candidate.name for candidate in found]
    tally = protocols.count(start.flow.protocol, names, ballots(d, start, stop, found))
    if asking := _judge_wanted(d, start, stop, tally, found):
        outcome = turns.ask(d, start, asking, moment)
        if outcome.said or outcome.open:
            return list(outcome.said)
    return [VotesCounted(round=d.rounds, tally=_settled(d, start, tally, found))]


def _once_more(d: Debate, start: DebateStarted, stop: Stop, tally: Tally) -> bool:
    """A tie that is to be argued once more: one round above what the definition allows, and no second."""
    wanted = tally.outcome == "tie" and start.flow.protocol.tie == "another_round"
    return wanted and stop.reason == "rounds" and d.rounds <= start.flow.max_rounds


def _ballots_wanted(d: Debate, start: DebateStarted, stop: Stop, found: tuple[Candidate, ...]) -> Asking | None:
    step = vote_step(start.flow)
    # Ballots that are asked for are paid for: they are waited for although seats have left meanwhile.
    argued = stop.asks and stop.reason in ("rounds", "budget")
    wanted = argued or (stop.reason == "failure" and step is not None and is_asked(d, start, step))
    if step is None or not wanted or not found:
        return None
    who = panel.arguing(d, start)
    if options := options_of(d):
        return Asking(d.rounds, step, who, blind=False, all_labels=True, choices=options)
    labels = _labels(found)
    return Asking(d.rounds, step, who, blind=False, labels=labels, choices=tuple(labels))


def _labels(found: tuple[Candidate, ...]) -> dict[str, str]:
    """A neutral label for each position, and who of its holders shows it."""
    return {label: one.holders[0] for label, one in zip(LABELS, found, strict=False) if one.holders}


def _judge_wanted(
    d: Debate, start: DebateStarted, stop: Stop, tally: Tally, found: tuple[Candidate, ...]
) -> Asking | None:
    """The deciding turn of the judge, where it is the judge's to decide and there is time."""
    judge = panel.judge(start)
    ties = tally.outcome == "tie" and start.flow.protocol.tie == "judge"
    if judge not in panel.seated(d, start) or not stop.asks or not (ties or tally.outcome == "no_ruling"):
        return None
    step = start.flow.steps[-1]
    if ties and not options_of(d):
        tied = tuple(candidate for candidate in found if candidate.name in tally.tied)
        return Asking(d.rounds, step, (judge,), blind=False, labels=_labels(tied))
    return Asking(d.rounds, step, (judge,), blind=False, all_labels=True, choices=tally.tied)


def _settled(d: Debate, start: DebateStarted, tally: Tally, found: tuple[Candidate, ...]) -> Tally:
    """The tally after whoever may break a tie, or rule, has done so."""
    rule = start.flow.protocol.tie
    if tally.outcome == "no_ruling" or (tally.outcome == "tie" and rule == "judge"):
        return _ruled(d, start, tally, found)
    if tally.outcome == "tie" and rule == "first_seat":
        by, choice = protocols.first_seat(tally.tied, tally.ballots)
        return protocols.resolved(tally, by, choice, "the first seat that voted for one of them") if by else tally
    return tally


def _ruled(d: Debate, start: DebateStarted, tally: Tally, found: tuple[Candidate, ...]) -> Tally:
    judge = panel.judge(start)
    said = turns.answer(d, d.rounds, start.flow.steps[-1], judge) if judge else None
    if judge is None or said is None or said.position is None:
        return protocols.silent(tally, "the judge gave no ruling")
    if tally.outcome == "tie":
        backed = said.choice or _agreed(d, said, found)
        if backed not in tally.tied:
            return protocols.silent(tally, f"{judge.participant}, the judge, took none of the tied")
        return protocols.resolved(tally, judge.participant, backed, "the judge")
    if options_of(d) and not said.choice:
        return protocols.silent(tally, f"{judge.participant}, the judge, took none of the options")
    adopted = said.choice or said.position
    return protocols.ruled(tally, judge.participant, adopted, _against(d, said, tally))


def _agreed(d: Debate, said: ArgumentPresented, found: tuple[Candidate, ...]) -> str:
    """The one candidate that an answer agrees with, "" where it is none or several."""
    agreed = [one.name for one in found if any(stance(d, said, who) == "agree" for who in one.holders)]
    return agreed[0] if len(agreed) == 1 else ""


def _against(d: Debate, said: ArgumentPresented, tally: Tally) -> list[str]:
    """Who of the panel held something else than what the judge ruled."""
    if said.choice:
        return [ballot.participant for ballot in tally.ballots if ballot.choice != said.choice]
    return [b.participant for b in tally.ballots if stance(d, said, b.participant) == "disagree"]


def stance(d: Debate, argument: ArgumentPresented, towards: str) -> str | None:
    """What an argument says of another seat's position."""
    turn = d.turns.get(argument.turn)
    labels = turn.labels if turn else {}
    return next((said for label, said in argument.on_others.items() if labels.get(label) == towards), None)


def holders(d: Debate, start: DebateStarted, stop: Stop, tally: Tally) -> tuple[str, ...]:
    """The seats that argued for what is adopted."""
    found = candidates(d, standing(d, start, stop))
    return next((candidate.holders for candidate in found if candidate.name == tally.adopted), ())


def follows(d: Debate, ruling: ArgumentPresented, tally: Tally, holders: tuple[str, ...]) -> bool:
    """Whether the deciding turn words what was adopted, and not something else."""
    if options_of(d):
        return ruling.choice in (None, tally.adopted)
    return not holders or stance(d, ruling, holders[0]) != "disagree"


def spokesman(d: Debate, start: DebateStarted, stop: Stop, tally: Tally, holders: tuple[str, ...]) -> ArgumentPresented:
    """Whose words the decision takes without a deciding turn: the surest of those who argued for what is adopted, else
    the first ballot."""
    held = standing(d, start, stop)
    if holders:
        return max((held[who] for who in holders), key=lambda said: said.confidence)
    cast = [ballot.participant for ballot in tally.ballots if ballot.state == "cast"]
    supporters = next((count.by for count in tally.counts if count.option == tally.adopted), ())
    return next(said for who in (*supporters, *cast) if (said := ballot_of(d, start, who) or held.get(who)))
