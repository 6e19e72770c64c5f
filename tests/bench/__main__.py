"""`make bench`, or `python -m bench`: the null debate through the four real processes, each figure beside its floor.

Compare ratios of one run; single figures move with the machine.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from pathlib import Path

import uvloop

from bench import plan, profiling
from live.processes import SERVICES


def main() -> None:
    words = argparse.ArgumentParser(prog="make bench", description=__doc__)
    plan.add_words(words)
    words.add_argument("--json", type=Path, metavar="FILE", help="write everything here, samples included")
    words.add_argument("--profile", choices=SERVICES, help="instead, one run with this service under cProfile")
    asked = words.parse_args()
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        if asked.profile:
            profiling.show(uvloop.run(plan.profile(Path(folder), asked.profile, plan.wanted(asked))))
            return
        found = uvloop.run(plan.carry_out(Path(folder), plan.wanted(asked), print))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
