"""`make bench-cost`: what the orchestration of stored debates costs when a dear model gives every ruling, and when the
ladder does; the whole debates' bills beside it, and every ending that changes.

Rulings are the kinds' own: their rules, and the prompts that a model would be sent. What the rules pass up goes to the
dear model, so that nothing hangs on the judgement of a small one. A debate that names its workflow asks for consensus
and next moves; one that leaves it open asks for complexity and workflow too, the second with the first one known: where
a model had to say how complex a request is, the workflow follows from that by rules.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from zamaz import definition
from zamaz.definition import default_folder
from zamaz_cost import prices

from bench.cost import debates, tokens
from bench.cost.account import Line, account
from bench.cost.bill import Till
from bench.cost.rulings import Desk

GOAL = 0.8
HEAD = ("", "rulings", "paid", "in", "out", "$ rulings", "$ debate", "rulings saved", "all saved", "changed")


def main() -> None:
    words = argparse.ArgumentParser(prog="make bench-cost", description=__doc__)
    words.add_argument("--file", type=Path, action="append", metavar="FILE", help="stored debates (default: our own)")
    words.add_argument("--judge", default="claude-opus-4", help="the dear model: an alias of models.yaml")
    words.add_argument("--seats", default="claude-opus-4,gemini-2.5-pro,gpt-4o", help="who argues, by comma")
    words.add_argument("--typed-only", action="store_true", help="consensus by the live rules alone, none for prose")
    words.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    asked = words.parse_args()
    catalog = definition.load(default_folder())
    with tokens.counter() as count:
        till = Till(catalog, prices.load(default_folder()), count)
        print(f"tokens by {tokens.NAMED}\nprices of {till.table.name}; seats {asked.seats}\n")
        found = [measured(path, Desk(catalog, reads=not asked.typed_only), till, asked) for path in files(asked)]
    if asked.json:
        told = {"tokens": tokens.NAMED, "prices": till.table.name, "judge": asked.judge, "files": found}
        asked.json.write_text(json.dumps(told, indent=2))


def files(asked: argparse.Namespace) -> list[Path]:
    return asked.file or list(debates.FILES)


def measured(path: Path, desk: Desk, till: Till, asked: argparse.Namespace) -> dict[str, Any]:
    """One file, both ways of asking for a debate."""
    read, seats = debates.read(path), asked.seats.split(",")
    told = {}
    for auto, what in ((False, "the request names the workflow"), (True, "the request leaves the workflow open")):
        lines = account(read, desk, till, asked.judge, seats, auto=auto)
        print(table(f"{path.name}, {len(read)} debates: {what}", lines))
        told[what] = [line.as_json(lines[0]) for line in lines]
    return {"file": str(path), "debates": len(read), "ways": told}


def table(title: str, lines: list[Line]) -> str:
    """Figures are a debate's. The goal is a share of the rulings' cost that is saved."""
    rows = [HEAD, *(_cells(line, lines[0]) for line in lines)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEAD))]
    told = [title]
    for row in rows:
        cells = [
            cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        told.append("  " + "  ".join(cells).rstrip())
    changed = sorted({one for line in lines for one in line.changed})
    told += [f"  changed: {one}" for one in changed]
    reached = lines[1].as_json(lines[0])["orchestration_saved"] >= GOAL
    told.append(f"  goal {GOAL:.0%} of the rulings' cost saved: {'reached' if reached else 'not reached'}\n")
    return "\n".join(told)


def _cells(line: Line, dear: Line) -> tuple[str, ...]:
    found, n = line.as_json(dear), line.debates
    return (
        line.way,
        f"{line.rulings / n:.1f}",
        f"{line.orchestration.calls / n:.1f}",
        f"{line.orchestration.input / n:,.0f}",
        f"{line.orchestration.output / n:,.0f}",
        f"{found['orchestration_usd_a_debate']:.4f}",
        f"{found['all_usd_a_debate']:.4f}",
        f"{found['orchestration_saved']:.1%}",
        f"{found['all_saved']:.1%}",
        str(len(line.changed)),
    )


if __name__ == "__main__":
    main()
