"""Which placeholders each prompt template is filled with, and which templates workflows cannot do without. Pure.

The services that fill them are held to this by their tests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from string import Template

from zamaz.definition.workflow import WorkflowFile
from zamaz.definition.yamlfile import near
from zamaz.errors import DefinitionError

SPEECH = frozenset(
    (
        "question", "context", "options", "earlier", "summary", "called", "others", "asides", "own", "before", "labels",
        "role", "stance", "part", "instruction", "conditions", "focus", "revise", "adopted", "format",
    )
)  # fmt: skip
"""What the template of a step that somebody speaks in is filled with."""
_SPOKEN = (
    "system", "direct", "initial_arguments", "counter_arguments", "clarification", "devils_advocate", "expert_review",
    "moderation", "custom", "synthesis", "vote", "final_decision",
)  # fmt: skip
SUMMARY = frozenset(("question", "options", "before", "said", "format"))
ROLE = "role"
PARTS: Mapping[str, frozenset[str]] = {
    "conditions": frozenset(("demands", "max_length", "min_length", "sections")),
    "revise": frozenset(("mine", "revise")),
    "focus": frozenset(("focus",)),
    ROLE: frozenset((ROLE,)),
}
"""The templates that are part of another."""
RULINGS: Mapping[str, frozenset[str]] = {
    "complexity": frozenset(("request", "question", "options", "context")),
    "consensus": frozenset(("request", "question", "options", "positions")),
    "next_move": frozenset(("question", "course", "positions")),
    "novelty": frozenset(("earlier", "proposal")),
    "quality": frozenset(("question", "criterion", "answers")),
    "workflow": frozenset(("request", "question", "options", "context", "workflows")),
}
"""What the template of a ruling is filled with, beside the way to answer."""
ANSWER = "answer"
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_SPOKEN, SPEECH),
    **dict.fromkeys(("summary", "system_summary"), SUMMARY),
    **PARTS,
    **{kind: given | {ANSWER} for kind, given in RULINGS.items()},
}
"""By the template's name."""
ALWAYS = ("system", "direct", "initial_arguments", "counter_arguments", "final_decision")


def placeholders(name: str) -> frozenset[str] | None:
    """What a template of that name may say; None for one that nobody fills."""
    return PARTS[ROLE] if name.startswith(f"{ROLE}_") else PLACEHOLDERS.get(name)


def wrong(name: str, text: str, file: str) -> list[DefinitionError]:
    """Each placeholder that nobody fills, and, in a ruling's template, each $ that is none."""
    known = placeholders(name)
    if known is None:
        return []
    found: list[DefinitionError] = []
    for match in Template.pattern.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        word = match["named"] or match["braced"]
        if word and word not in known:
            hint = near(f"${word}", [f"${one}" for one in sorted(known)]).removeprefix(": ")
            found.append(DefinitionError(file, line, f"${word}", f"is no placeholder of {name}", hint))
        elif match["invalid"] is not None and name in RULINGS:
            found.append(DefinitionError(file, line, "$", "begins no placeholder", "write $$ for the sign itself"))
    return found


def needed(workflows: Iterable[WorkflowFile]) -> list[str]:
    """The templates without which these workflows cannot be debated."""
    names = list(ALWAYS)
    for workflow in workflows:
        names += ["vote"] if any(step.type == "vote" for step in workflow.steps) else []
        names += ["summary", "system_summary"] if workflow.config.context.mode == "summary" else []
    return list(dict.fromkeys(names))


def missing(there: Collection[str], workflows: Iterable[WorkflowFile], folder: str) -> list[DefinitionError]:
    """Each template that is needed and not there, with the file that was likely meant to be it."""
    strangers = [name for name in there if placeholders(name) is None and name != "demands"]
    return [
        DefinitionError(f"{folder}/{name}.md", 0, name, "this template is missing", _meant(name, strangers))
        for name in needed(workflows)
        if name not in there
    ]


def _meant(name: str, strangers: Collection[str]) -> str:
    hint = near(name, strangers)
    return f"is {hint.split(chr(39))[1]}.md meant to be it?" if "did you mean" in hint else "every speaker may need it"
