"""`python -m zamaz.embedded.run NAME`: one installed service, by its entry point in `zamaz.services`."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

GROUP = "zamaz.services"


def installed() -> list[str]:
    """The names of the services that are installed, whoever wrote them."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def main() -> None:
    """Run the service that the first argument names."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    found = entry_points(group=GROUP, name=name)
    if not found:
        sys.exit(f"no service {name!r} is installed; there are: {', '.join(installed()) or 'none'}")
    next(iter(found)).load()()


if __name__ == "__main__":
    main()
