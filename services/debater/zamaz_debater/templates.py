"""Prompt templates as the log keeps them: by digest, for ever the same, so remembered once read."""

from __future__ import annotations

from collections.abc import Mapping

from zamaz import subjects
from zamaz.events.workflow import PromptKept
from zamaz.log import Log
from zamaz_debater.prompts import Unrenderable


class Templates:
    """Reads templates by digest."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known: dict[str, str] = {}

    async def texts(self, digests: Mapping[str, str]) -> dict[str, str]:
        """The texts of templates, name to text, out of name to digest.

        Raises Unrenderable for one that the log does not hold, LogUnavailable when it does not answer.
        """
        return {name: await self._text(name, digest) for name, digest in digests.items()}

    async def _text(self, name: str, digest: str) -> str:
        if digest not in self._known:
            kept = await self._log.last(subjects.name("workflow", subjects.LIBRARY, "PromptKept", digest))
            if kept is None or not isinstance(kept.fact, PromptKept):
                raise Unrenderable(f"the log holds no template {name!r} with digest {digest[:12]}")
            self._known[digest] = kept.fact.text
        return self._known[digest]
