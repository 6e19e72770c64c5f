"""How every command runs, and how it ends when what is expected to go wrong does."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from typing import Any

from zamaz.cli.voice import NO_DECISION, NO_SERVER, USAGE, say
from zamaz.errors import DebateEndedError, NotAdmitted, ServerUnreachable, ZamazError


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end; what is expected to go wrong becomes one clear line and an exit code."""
    logging.getLogger("zamaz").addHandler(logging.NullHandler())  # what matters is said in the command's own words
    try:
        asyncio.run(work)
    except DebateEndedError as error:
        say(str(error))
        sys.exit(NO_DECISION)
    except NotAdmitted as error:
        say(f"{error}. Check ZAMAZ_NATS_NKEY (or ZAMAZ_NATS_CREDS).")
        sys.exit(NO_SERVER)
    except ServerUnreachable as error:
        say(f"{error}. Check ZAMAZ_NATS_URL, or unset it to use a server of our own (`zamaz up`).")
        sys.exit(NO_SERVER)
    except ZamazError as error:
        say(f"zamaz: {error}")
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(130)
