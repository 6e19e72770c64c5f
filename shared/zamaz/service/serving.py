"""How a service process begins: it is built out of its settings, and serves until it is told to stop."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from zamaz.errors import DefinitionError
from zamaz.service.shell import Shell

S = TypeVar("S")
WRONG = 2
"""The exit code where definitions are wrong."""


def serve(name: str, build: Callable[[S], Shell], settings: Callable[[], S]) -> None:
    """Serve. Where a definition is wrong, one clear line says so, and the process ends with WRONG."""
    try:
        shell = build(settings())
    except DefinitionError as error:
        sys.stderr.write(f"zamaz-{name}: {error}\n")
        sys.exit(WRONG)
    shell.run()
