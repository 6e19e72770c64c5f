"""Who takes part in which step of a workflow file, checked: everybody named is there, and no step is nobody's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from zamaz.definition.participants import NO_ROLE, ParticipantSpec, names
from zamaz.definition.rules import RuleSpec
from zamaz.definition.steps import ARGUED, StepSpec
from zamaz.definition.yamlfile import near, wrong
from zamaz.events.flow import Flow, Step
from zamaz.events.voting import JUDGE_ROLE

SPEAKERS = {"expert_review": "expert", "moderation": "moderator"}
"""Steps that are for a role."""
FOR_ALL = (*ARGUED, "clarification")
BESIDE = ("moderator", "judge", "observer", "devils_advocate")
"""Whoever has one of these roles has no position that counts."""


def with_reserves(
    participants: tuple[ParticipantSpec, ...], steps: Sequence[StepSpec], *, all_required: bool
) -> tuple[ParticipantSpec, ...]:
    """Where the panel's steps require participants, an alias that no step requires is in reserve, unless all are."""
    required = {name for step in steps for name in step.required_participants}
    if all_required or not any(step.required_participants for step in steps if step.type in ARGUED):
        return participants
    called = {id(spec): name for name, spec in names(participants).items()}
    if not required.intersection(called.values()):  # Nobody whom a step requires is there: that is told as it is.
        return participants
    return tuple(
        spec.model_copy(update={"reserve": True})
        if spec.role == NO_ROLE and "reserve" not in spec.model_fields_set and called[id(spec)] not in required
        else spec
        for spec in participants
    )


def check(steps: Sequence[StepSpec], participants: Mapping[str, ParticipantSpec], rules: Iterable[RuleSpec]) -> None:
    """Raises an error with its place for names that nobody has, and for a step that nobody speaks in."""
    if all(participant.reserve for participant in participants.values()):
        raise wrong("every participant is a fallback: one must hold a seat", "participants")
    if not any(p.role not in BESIDE for p in participants.values() if not p.reserve):
        raise wrong("nobody argues: a seat must have none of the roles " + ", ".join(BESIDE), "participants")
    joining = any(rule.action == "add_expert_participant" for rule in rules)
    for n, step in enumerate(steps):
        _check_names(n, step, participants)
        seated = [name for name in step.required_participants if not participants[name].reserve]
        if step.required_participants and not seated and not joining:
            problem = f"all of them are in reserve and no rule seats one: nobody speaks in {step.called}"
            raise wrong(problem, "steps", n, "required_participants")
        role = SPEAKERS.get(step.type)
        present = [p for p in participants.values() if p.role == role and (joining or not p.reserve)]
        if role and not step.required_participants and not present:
            problem = f"{step.type} is for participants with the role {role}, and there is none: nobody speaks in it"
            raise wrong(problem, "steps", n, "type")


def _check_names(n: int, step: StepSpec, participants: Mapping[str, ParticipantSpec]) -> None:
    for name in step.required_participants:
        if name not in participants:
            problem = f"there is no participant {name!r} among {len(participants)}{near(name, participants)}"
            raise wrong(problem, "steps", n, "required_participants")
        if step.required_participants.count(name) > 1:
            raise wrong(f"{name!r} stands here twice", "steps", n, "required_participants")
    if step.participant and step.participant not in participants:
        problem = f"there is no participant {step.participant!r}{near(step.participant, participants)}"
        raise wrong(problem, "steps", n, "participant")


def judged(steps: tuple[Step, ...], participants: Mapping[str, ParticipantSpec]) -> tuple[Step, ...]:
    """The steps, the last of them for the judge: one judge that no other is named before."""
    judges = tuple(name for name, p in participants.items() if p.role == JUDGE_ROLE and not p.reserve)
    return (*steps[:-1], replace(steps[-1], who=judges)) if len(judges) == 1 and not steps[-1].who else steps


def everybody(steps: tuple[Step, ...], participants: Mapping[str, ParticipantSpec]) -> tuple[Step, ...]:
    """The steps, without the names where those are all who argue: whoever joins later argues with them."""
    panel = {name for name, p in participants.items() if not p.reserve and p.role not in BESIDE}
    return tuple(replace(s, who=()) if s.type in FOR_ALL and set(s.who) == panel else s for s in steps)


def among(flow: Flow, present: Collection[str]) -> Flow:
    """The flow at a table where not everybody sits whom its file names: a step is for those of them who are there, and
    where none is, for whoever its type is for. Who is named outright to decide stays named."""
    last = flow.steps[-1]
    decider = "" if flow.decided_by in last.who and flow.decided_by not in present else flow.decided_by
    seated = tuple(_among(step, present) for step in flow.steps)
    return (
        flow if (seated, decider) == (flow.steps, flow.decided_by) else replace(flow, steps=seated, decided_by=decider)
    )


def _among(step: Step, present: Collection[str]) -> Step:
    return step if set(step.who) <= set(present) else replace(step, who=tuple(w for w in step.who if w in present))
