"""Prompt templates as the log keeps them: by digest, for ever the same, so remembered once read."""

from __future__ import annotations

from collections.abc import Mapping

from zamaz import subjects
from zamaz.errors import TemplateMissing
from zamaz.events.workflow import PromptKept
from zamaz.log import Log


class Templates:
    """Reads templates by digest."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known: dict[str, str] = {}

    async def texts(self, digests: Mapping[str, str]) -> dict[str, str]:
        """The texts of templates, name to text, out of name to digest. Raises as `text` does."""
        return {name: await self.text(name, digest) for name, digest in digests.items()}

    async def text(self, name: str, digest: str) -> str:
        """One template. Raises TemplateMissing where the log does not hold it, LogUnavailable where it is away."""
        if digest not in self._known:
            kept = await self._log.last(subjects.name("workflow", subjects.LIBRARY, PromptKept.__name__, digest))
            if kept is None or not isinstance(kept.fact, PromptKept):
                raise TemplateMissing(f"the log holds no template {name!r} with digest {digest[:12]}")
            self._known[digest] = kept.fact.text
        return self._known[digest]
