"""`python -m zamaz_debater`: serve until told to stop."""

from __future__ import annotations

from zamaz.service.serving import serve
from zamaz_debater.app import build
from zamaz_debater.settings import DebaterSettings


def main() -> None:
    """Read the environment and serve; a wrong definition ends it with a clear line."""
    serve("debater", build, DebaterSettings)


if __name__ == "__main__":
    main()
