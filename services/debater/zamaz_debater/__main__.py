"""`python -m zamaz_debater`."""

from __future__ import annotations

import sys

from zamaz.errors import DefinitionError
from zamaz_debater.app import build
from zamaz_debater.settings import DebaterSettings


def main() -> None:
    """Serve until stopped; a wrong models.yaml ends it with a clear line."""
    try:
        shell = build(DebaterSettings())
    except DefinitionError as error:
        sys.exit(f"zamaz-debater: {error}")
    shell.run()


if __name__ == "__main__":
    main()
