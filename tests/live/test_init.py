"""`zamaz init` as a command."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from servers.old_nats import greeting

pytestmark = pytest.mark.live


async def test_an_older_server_is_refused_by_name_and_version():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZAMAZ_")}
    async with greeting("2.11.9") as url, asyncio.timeout(60):
        init = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from zamaz.cli import main; main()", "init"),
            env={**environment, "ZAMAZ_NATS_URL": url},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await init.communicate()
    assert init.returncode == 2, err.decode()
    assert "nats-server 2.11 is too old: 2.12 or newer is needed" in (out + err).decode()
    assert "Traceback" not in err.decode()
