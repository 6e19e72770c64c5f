"""What a speaker is told of itself and of its task: its role, what its answer must be, and what its last one lacks.

All of it is said by templates; which of them a turn needs follows from its role and its step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from zamaz.events.flow import ANY_ANSWER, Step
from zamaz.events.workflow import TurnRequested

ROLE, CONDITIONS, DEMANDS, REVISE, FOCUS = "role", "conditions", "demands", "revise", "focus"
NO_ROLE = "participant"


def needed(turn: TurnRequested, step: Step, kept: Collection[str]) -> Iterator[str]:
    """The names of the templates for it, of those that are kept."""
    wanted = [_of_role(turn, kept)] if turn.role != NO_ROLE else []
    wanted += [CONDITIONS, DEMANDS] if step.conditions != ANY_ANSWER else []
    wanted += [REVISE] if turn.revise else []
    wanted += [FOCUS] if turn.focus else []
    yield from (name for name in wanted if name in kept)


def part(turn: TurnRequested, templates: Mapping[str, str]) -> str:
    """The template of its role; where that has none of its own, the one that names it. "": it has no role."""
    return templates.get(_of_role(turn, templates), "") if turn.role != NO_ROLE else ""


def wanted(step: Step, templates: Mapping[str, str]) -> dict[str, str]:
    """The values of the template of conditions: what is not asked for is empty."""
    conditions = step.conditions
    sentences = dict(_sentences(templates.get(DEMANDS, "")))
    return {
        "min_length": str(conditions.min_length or ""),
        "max_length": str(conditions.max_length or ""),
        "sections": ", ".join(conditions.sections),
        "demands": "\n".join(f"- {sentences.get(name, _spoken(name))}" for name in conditions.demands),
    }


def _of_role(turn: TurnRequested, kept: Collection[str]) -> str:
    own = f"{ROLE}_{turn.role}"
    return own if own in kept else ROLE


def _sentences(template: str) -> Iterator[tuple[str, str]]:
    """`name: sentence`, a line each."""
    for line in template.splitlines():
        name, colon, sentence = line.partition(":")
        if colon and sentence.strip():
            yield name.strip(), sentence.strip()


def _spoken(name: str) -> str:
    """A demand without a sentence of its own speaks by its name."""
    return name.replace("_", " ")
