"""Having local models read, before the first ruling, what never changes of a prompt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from zamaz.definition import Catalog
from zamaz_orchestrator.kinds import Kinds
from zamaz_orchestrator.port import Judge, PassUp, inquiry

ANY = ("a", "b")
"""Options that differ from question to question stand after what never changes."""

log = logging.getLogger("zamaz.orchestrator.warmth")


async def warm(judges: Mapping[str, Judge], known: Kinds, catalog: Catalog) -> None:
    """For the kinds of `warm` in orchestration.yaml, each rung with a model of one's own, one after the other. A rung
    that is out of reach stays cold."""
    ladder = catalog.ladder()
    for name in catalog.orchestration.warm:
        for rung in ladder[name]:
            if rung.rung not in judges or name not in catalog.prompts:
                continue
            head = catalog.prompts[name].partition("\n<")[0]
            asked = inquiry(head, known[name].options or ANY, {}, known[name].extras)
            try:
                async with asyncio.timeout(rung.timeout_s):
                    await judges[rung.rung].warm(asked, rung)
            except (PassUp, TimeoutError) as reason:
                log.info("%s stays cold for %s: %s", rung.rung, name, reason)
