"""A NATS server from an image, to be killed and started again on the same data and port."""

from __future__ import annotations

from pathlib import Path

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from containers.daemon import NATS_IMAGE
from servers.ports import free_port

# Its reaper would be one image more; what is started here is also removed here.
testcontainers_config.ryuk_disabled = True
CONFIG = """\
port: 4222
http_port: 8222
max_payload: 1MB
jetstream { store_dir: /data, sync_interval: always }
"""


class NatsServer:
    """JetStream on a port of the host that is chosen here: a mapped one would be another after a kill."""

    def __init__(self, folder: Path) -> None:
        config = folder / "nats.conf"
        config.write_text(CONFIG, encoding="utf-8")
        config.chmod(0o644)
        self.port = free_port()
        self.container = DockerContainer(NATS_IMAGE)
        self.container.with_bind_ports(4222, self.port)
        self.container.with_volume_mapping(str(config), "/etc/nats/nats.conf")
        self.container.with_command(["--config", "/etc/nats/nats.conf"])
        self.container.waiting_for(LogMessageWaitStrategy("Server is ready"))
        self.container.start()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """SIGKILL."""
        self.container.get_wrapped_container().kill()
        self.container.get_wrapped_container().wait()

    def start(self) -> None:
        """The same container with the same data, after a kill."""
        self.container.get_wrapped_container().start()

    def remove(self) -> None:
        self.container.stop()
