"""`python -m zamaz_orchestrator`: serve until told to stop."""

from __future__ import annotations

from zamaz.service.serving import serve
from zamaz_orchestrator.app import build
from zamaz_orchestrator.settings import OrchestratorSettings


def main() -> None:
    """Read the environment and serve; a wrong definition ends it with a clear line."""
    serve("orchestrator", build, OrchestratorSettings)


if __name__ == "__main__":
    main()
