"""Whether containers can be run here, and out of which images."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from functools import cache
from pathlib import Path

import docker
import docker.errors
import pytest

NATS_IMAGE = os.environ.get("NATS_IMAGE", "nats:2.15-alpine")
ROOT = Path(__file__).parents[2]


@cache
def reached() -> docker.DockerClient:
    """The Docker daemon. Skips the test where none answers, and only there."""
    try:
        found = docker.from_env(timeout=120)
        found.ping()
    except docker.errors.DockerException as error:
        pytest.skip(f"no Docker daemon answers: {error}")
    return found


@cache
def compose() -> tuple[str, ...]:
    """Docker's own compose plugin where it is installed, else the one that came with the tools."""
    plugin = ("docker", "compose")
    try:
        subprocess.run([*plugin, "version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return (str(Path(sysconfig.get_path("scripts")) / "docker-compose"),)
    return plugin
