"""The `zamaz` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; it needs more than the library itself."""
    try:
        from zamaz.cli.main import main as commands
    except ModuleNotFoundError as error:
        sys.exit(f'zamaz: {error}. The command line wants: pip install "zamaz-debate[embedded]"')
    commands()
