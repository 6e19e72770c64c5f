"""`make chaos`: the real house under random kills, and an audit of everything it said and bought.

`python -m chaos [--debates 200] [--seed N] [--seconds 120] [--pause 0.6] [--json FILE] [--keep FOLDER]`
The seed fixes what is done to whom; how it falls together with what the house does is chance.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from pathlib import Path

import msgspec

from chaos.report import table
from chaos.run import Plan, run


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debates", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="default: any")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long trouble is made")
    parser.add_argument("--pause", type=float, default=0.6, help="seconds between two incidents, on average")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole report there")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="an empty folder for all logs; default: none is kept"
    )
    return parser.parse_args()


def main() -> None:
    """One run; exit code 1 where anything was violated."""
    given = _arguments()
    logging.getLogger("zamaz.connection").setLevel(logging.ERROR)  # that the server is killed is no news here
    plan = Plan(given.seed, given.debates, given.seconds, given.pause)
    with tempfile.TemporaryDirectory(prefix="zamaz-chaos-") as folder:
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
        report = asyncio.run(run(plan, given.keep or Path(folder)))
    if given.json:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    print(table(report))
    sys.exit(1 if report.wrong else 0)


if __name__ == "__main__":
    main()
