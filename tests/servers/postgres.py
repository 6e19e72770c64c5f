"""A PostgreSQL server of one's own, on loopback and in a temporary folder, where its programs can be found."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers.ports import free_port

DEBIAN = "/usr/lib/postgresql"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: on the path, or where Debian keeps them."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = (folder for folder in sorted(Path(DEBIAN).glob("*/bin"), reverse=True) if (folder / "initdb").exists())
    return next(installed, None)


def _as_nobody_special() -> list[str]:
    """PostgreSQL refuses to be run by root: whom it runs as then."""
    if os.getuid() != 0:
        return []
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = next((name for name in ("postgres", "nobody") if name in known), "")
    if not name or not shutil.which("setpriv"):
        pytest.skip("PostgreSQL does not run as root, and there is nobody else to run it as")
    user = pwd.getpwnam(name)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@contextmanager
def running() -> Iterator[str]:
    """The address of an empty database; skips where there is no PostgreSQL."""
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    user, port = _as_nobody_special(), free_port()
    with tempfile.TemporaryDirectory(prefix="zamaz-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o777)
        data, log = f"{folder}/data", f"{folder}/log"

        def run(program: str, *words: str) -> None:
            command = [*user, str(where / program), *words]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr

        run("initdb", "-D", data, "-U", "zamaz", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield f"postgresql://zamaz:unused@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
