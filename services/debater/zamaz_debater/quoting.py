"""What others wrote, as material of a prompt: between tags that it cannot close."""

from __future__ import annotations

import re

from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Earlier

_TAGS = ("question", "context", "options", "option", "argument", "adopted", "summary", "decision", "focus")
# A tag of ours, or the start of a model's own control token (`<|im_end|>`), inside quoted text.
_OPENS = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(_TAGS)})\b|\|)", re.IGNORECASE)


def escaped(text: str) -> str:
    """Text that can close none of our tags and hold no control token."""
    return _OPENS.sub("&lt;", text)


def quoted(tag: str, text: str) -> str:
    """The text between tags; "" for none."""
    return f"<{tag}>\n{escaped(text.strip())}\n</{tag}>" if text.strip() else ""


def options(choices: tuple[str, ...]) -> str:
    """The options between tags; "" for none."""
    lines = "\n".join(f"<option>{escaped(choice)}</option>" for choice in choices)
    return f"<options>\n{lines}\n</options>" if choices else ""


def decisions(earlier: tuple[Earlier, ...]) -> str:
    """What was decided before, the newest first."""
    return "\n".join(f"<decision>{escaped(one.decision)}</decision>" for one in reversed(earlier))


def summary(text: str, upto: int, most: int = 0) -> str:
    """What the rounds up to one come down to, in at most `most` characters (0: all of them)."""
    rounds = f"rounds 1 to {upto}" if upto > 1 else "round 1"
    return f'<summary of="{rounds}">\n{escaped(_cut(text.strip(), most))}\n</summary>'


def argument(said: ArgumentPresented, by: str, *, brief: bool = False, most: int = 0, dated: bool = False) -> str:
    """An argument under a label. Where it is `brief` its reasons are left out, else they have at most `most` characters
    (0: all of them); `dated` names its round."""
    round_ = f' round="{said.round}"' if dated else ""
    lines = [f'<argument by="{by}"{round_}>']
    if said.position:
        lines.append(f"Position: {escaped(said.position)}")
    if said.choice:
        lines.append(f"Choice: {escaped(said.choice)}")
    if said.verdict:
        lines.append(f"Verdict: {said.verdict}")
    reasons = [] if brief else ["", escaped(_cut(said.argument.strip(), most))]
    return "\n".join([*lines, *reasons, "</argument>"])


def _cut(text: str, most: int) -> str:
    left_out = len(text) - most
    return f"{text[:most]}\n[… {left_out} more characters are left out here]" if most and left_out > 0 else text
