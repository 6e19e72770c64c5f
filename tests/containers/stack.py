"""A house in containers of its own: project, images, port, keys and volumes carry the name of the run."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from docker import DockerClient
from docker.errors import ImageNotFound, NotFound
from docker.models.containers import Container
from docker.models.networks import Network

from containers.daemon import ROOT, compose
from servers.ports import free_port


@dataclass
class Stack:
    """What `make up` starts, under names of its own."""

    docker: DockerClient
    keys: Path
    run: str = field(default_factory=lambda: f"zamaz-test-{secrets.token_hex(4)}")
    port: int = field(default_factory=free_port)
    leftovers: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def build(self) -> None:
        """Every layer anew: a stale one would hide a broken Dockerfile."""
        before = self._nameless()
        self.compose("build", "--no-cache")
        self.leftovers = self._nameless() - before

    def _nameless(self) -> set[str]:
        """The stages that the classic builder leaves behind, ours by what they were made of."""
        found = self.docker.images.list(filters={"dangling": True})
        return {one.id for one in found if any("deploy/locks" in layer["CreatedBy"] for layer in one.history())}

    def compose(self, *words: str) -> str:
        return self._run(*compose(), *words)

    def shell(self, command: str) -> str:
        """A command of the README, with the names of this run in the place of the usual ones."""
        usual = {
            "docker compose": " ".join(compose()),
            "nats://127.0.0.1:4222": self.url,
            "deploy/secrets": str(self.keys),
        }
        for name, ours in usual.items():
            command = command.replace(name, ours)
        return self._run("sh", "-c", command)

    def make(self, *words: str) -> str:
        return self._run("make", "--no-print-directory", *words)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout[-6000:]}\n{self.logs()}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("ZAMAZ_", "MAKE", "MFLAGS"))
        }
        return {
            **inherited,
            "COMPOSE_PROJECT_NAME": self.run,
            "COMPOSE_FILE": f"docker-compose.yml{os.pathsep}tests/containers/compose.yml",
            "COMPOSE_PROFILES": "",
            "ZAMAZ_HOME": f"{self.keys}-home",
            "ZAMAZ_IMAGE": self.run,
            "ZAMAZ_NATS_PORT": str(self.port),
            "ZAMAZ_SECRETS": str(self.keys),
        }

    def all(self) -> list[Container]:
        """Every container of the run, the ended ones too."""
        found: list[Container] = self.docker.containers.list(
            all=True, filters={"label": f"com.docker.compose.project={self.run}"}
        )
        return found

    def of(self, service: str) -> list[Container]:
        return [found for found in self.all() if found.labels["com.docker.compose.service"] == service]

    def cut(self, container: Container) -> None:
        """Take a container off the network, as a broken switch does: connections just hang."""
        self._network().disconnect(container)

    def join(self, container: Container) -> None:
        self._network().connect(container)

    def _network(self) -> Network:
        return self.docker.networks.get(f"{self.run}_default")

    def logs(self, most: int = 3000) -> str:
        """The tails of all logs, for a failing test."""
        return "\n".join(f"== {c.name} {c.status}\n{c.logs(tail=60).decode()[-most:]}" for c in self.all())

    def remove(self) -> None:
        """Containers, network, volumes and images of this run, and nothing else."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "1")
        for image in (self.run, *self.leftovers):
            with contextlib.suppress(ImageNotFound):
                self.docker.images.remove(image)


def said_at(container: Container, event: str) -> datetime:
    """When a service last logged `event`."""
    lines = [json.loads(line) for line in container.logs().decode().splitlines() if line.startswith("{")]
    stamps = [str(line["timestamp"]) for line in lines if line.get("event") == event]
    assert stamps, f"{container.name} never said {event!r}"
    return datetime.fromisoformat(stamps[-1])


def exists(stack: Stack, volume: str) -> bool:
    """Whether a volume of the run is there."""
    try:
        stack.docker.volumes.get(f"{stack.run}_{volume}")
    except NotFound:
        return False
    return True
