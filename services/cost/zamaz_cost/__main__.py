"""`python -m zamaz_cost`: serve until told to stop."""

from __future__ import annotations

from zamaz_cost.app import build
from zamaz_cost.settings import CostSettings


def main() -> None:
    """Read the environment and serve."""
    build(CostSettings()).run()


if __name__ == "__main__":
    main()
