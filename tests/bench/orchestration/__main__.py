"""`make bench-orchestration`: how long a ruling takes, by rung and kind, in this process and through the running
service; how often a ruling that is kept is taken again; how many rulings a second."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from zamaz import definition
from zamaz.definition import default_folder
from zamaz.embedded.model_server import weights
from zamaz.embedded.settings import EmbeddedSettings

from bench.machine import described
from bench.orchestration import rungs, service
from bench.orchestration.questions import kinds_of
from bench.report import Section, heading, table

PARTS = ("rules", "local", "service")


def main() -> None:
    words = argparse.ArgumentParser(prog="make bench-orchestration", description=__doc__)
    words.add_argument("--only", default=",".join(PARTS), help=f"parts, by comma: {', '.join(PARTS)}")
    words.add_argument("--rules", type=int, default=2000, help="rulings of each kind by the rules")
    words.add_argument("--local", type=int, default=6, help="rulings of each kind by the local model")
    words.add_argument("--alone", type=int, default=100, help="rulings one at a time through the service")
    words.add_argument("--at-once", type=int, default=300, help="rulings at once through the service")
    words.add_argument("--repeated", type=int, default=40, help="how often one question is asked again")
    words.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(carry_out(Path(folder), asked))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2))


async def carry_out(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """Every part, each shown when it is done."""
    catalog = definition.load(default_folder())
    known = kinds_of(catalog)
    on = {**described(), "cpu": _cpu(), "model": weights(EmbeddedSettings()).name}
    print(heading(on))
    parts, sections = asked.only.split(","), []
    if "rules" in parts:
        sections.append(_shown(rungs.rules(known, asked.rules)))
    with service.model() as (url, pid):
        if "local" in parts:
            sections.append(_shown(await rungs.local(known, catalog, url, pid, asked.local)))
        if "service" in parts:
            async with service.running(folder, url) as bench:
                sections.append(_shown(await service.measured(bench, asked.alone, asked.at_once, asked.repeated)))
    return {"machine": on, "sections": {section.name: section.as_json() for section in sections}}


def _shown(section: Section) -> Section:
    print(table(section))
    return section


def _cpu() -> str:
    """What the processor calls itself, where the kernel tells."""
    told = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in told.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else "unknown"


if __name__ == "__main__":
    main()
