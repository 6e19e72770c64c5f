"""Dockerfile and docker-compose.yml, held to what can be read from them without any daemon."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from typing import Any

import pytest

from containers.daemon import ROOT, compose

LOCKED = re.compile(r"^([a-z0-9._-]+==\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Every service of every profile, with all that it inherits."""
    command = [*compose(), "--profile", "*", "config", "--format", "json"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no docker compose is installed: {error}")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


def test_every_container_is_confined(services: dict[str, Any]):
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not {"privileged", "container_name", "pid", "devices"} & service.keys(), name


def test_only_the_jobs_that_hand_a_volume_over_are_root_and_those_have_no_network(services: dict[str, Any]):
    root = {name: service for name, service in services.items() if service["user"] == "0:0"}
    assert set(root) == {"nats-owner", "ollama-owner"}
    for name, service in root.items():
        assert service["network_mode"] == "none", name
        assert set(service["cap_add"]) == {"CHOWN", "DAC_READ_SEARCH"}, name
    assert all(service["user"] == "10001:10001" for name, service in services.items() if name not in root)


def test_what_runs_on_is_watched_and_started_again_and_what_ends_is_waited_for(services: dict[str, Any]):
    """A job that no service waits for makes `up --wait` fail when it is done."""
    jobs = {name for name, service in services.items() if service.get("restart", "no") == "no"}
    assert jobs == {"init", "nats-owner", "ollama-owner"}
    awaited = {
        job
        for name in services.keys() - jobs
        for job, how in services[name].get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    assert awaited == jobs
    for name in services.keys() - jobs:
        assert services[name]["restart"] == "unless-stopped", name
        assert services[name]["healthcheck"]["test"], name


def test_nothing_is_open_beyond_this_machine(services: dict[str, Any]):
    ports = [(name, port["host_ip"]) for name, service in services.items() for port in service.get("ports", [])]
    assert ports == [("nats", "127.0.0.1")]


def test_each_service_sees_its_own_seed_only_and_no_key_stands_in_the_environment(services: dict[str, Any]):
    for name in ("init", "workflow", "debater", "orchestrator", "cost"):
        secrets = {secret["source"]: secret["target"] for secret in services[name]["secrets"]}
        assert secrets.pop(f"nats-{name}") == "nats.nk"
        assert all(source.endswith("_API_KEY") for source in secrets) and bool(secrets) == (
            name in ("debater", "orchestrator")
        )
        assert not [variable for variable in services[name]["environment"] if variable.endswith("_API_KEY")]


def test_a_stop_waits_longer_than_the_service_does(services: dict[str, Any]):
    debater = services["debater"]
    assert debater["stop_grace_period"] == "2m30s"
    assert int(debater["environment"]["ZAMAZ_STOP_PATIENCE"]) < 150


def test_the_images_are_made_of_what_the_project_is_locked_to():
    whole = set(LOCKED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    locks = sorted((ROOT / "deploy" / "locks").glob("*.lock"))
    assert [lock.stem for lock in locks] == ["build", "model", "services"]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        locked = set(LOCKED.findall(text))
        assert locked, lock
        assert not re.search(r"https?://", text), lock
        assert locked <= whole, f"{lock}: make lock"


def test_the_linter_finds_nothing_in_the_dockerfile():
    linter = shutil.which("hadolint", path=sysconfig.get_path("scripts"))
    if linter is None:
        pytest.skip("hadolint is not installed: its wheel is for Linux")
    done = subprocess.run([linter, ROOT / "deploy" / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_dockerfile_needs_nothing_but_its_base_image():
    """The classic builder has no mounts, and a syntax line is pulled from a registry."""
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert not re.search(r"^# *syntax=|--mount|<<|apt-get|https?://", text, re.MULTILINE)
    stages = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert set(stages) == {"${BASE_IMAGE}", "${LIBRARIES_IMAGE}", "services"}
