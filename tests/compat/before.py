"""What the compat tests share: a practice, and files as the existing application wrote them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zamaz.compat import Ask, Practice, Rule

RULE = Rule(simple=("what is", "rename*"), moderate=("refactor*",), complex=("design*", "should we"), longest_simple=80)
PRACTICE = Practice(
    rule=RULE,
    simple=Ask("direct"),
    moderate=Ask("simple_debate", ("opus", "gemini-pro")),
    complex=Ask("complex_debate", ("opus", "gemini-pro")),
    evolution=Ask("evolution_debate"),
    evolution_question="What next?",
    aliases={"claude": "opus", "gemini": "gemini-pro"},
)
STORED: dict[str, Any] = {
    "id": "debate_1_20250707_193235",
    "question": "Should we split the monolith?",
    "context": "It is big.",
    "complexity": "complex",
    "rounds": [{"round": 1, "claude": "Split it.", "gemini": "Keep it."}],
    "start_time": "2025-07-07T19:32:35.761393",
    "final_decision": "Claude suggests: Split it. Gemini suggests: Keep it.",
    "end_time": "2025-07-07T19:32:49.996169",
}


def stored(**changes: Any) -> bytes:
    """A stored debate with some values changed; None leaves one out."""
    changed = {**STORED, **changes}
    return json.dumps({key: value for key, value in changed.items() if value is not None}, indent=2).encode()


def store(folder: Path, **changes: Any) -> Path:
    """The same as a file, called as its id."""
    file = folder / f"{len(list(folder.iterdir()))}.json"
    file.write_bytes(stored(**changes))
    return file
