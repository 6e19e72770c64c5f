"""`python -m zamaz_cost`: serve until told to stop."""

from __future__ import annotations

from zamaz.service.serving import serve
from zamaz_cost.app import build
from zamaz_cost.settings import CostSettings


def main() -> None:
    """Read the environment and serve; a wrong definition ends it with a clear line."""
    serve("cost", build, CostSettings)


if __name__ == "__main__":
    main()
