"""The server's permissions, held to the names that the code uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zamaz import permissions, provision, subjects
from zamaz.cli.keys import make
from zamaz.connection import public_key
from zamaz.definition import default_folder, load
from zamaz.errors import NotAdmitted, ZamazError
from zamaz.events import FACTS

DEPLOYED = Path(__file__).parents[2] / "deploy" / "nats"
MODELS = load(default_folder()).models
USERS = {user.name: user for user in permissions.users(MODELS.providers)}
FEEDS = provision.feeds(MODELS.concurrency())
API_OF_STREAMS = re.compile(r"\$JS\.API\.STREAM\.(?!INFO\.|MSG\.GET\.)")


def test_the_file_that_is_deployed_is_the_one_that_the_code_makes():
    made = permissions.configuration(MODELS.providers)
    assert (DEPLOYED / "permissions.conf").read_text(encoding="utf-8") == made, "run: zamaz permissions > deploy/nats/…"


def test_every_voice_has_one_user_who_may_say_it():
    for voice in subjects.VOICES[:-1]:
        assert [user.name for user in USERS.values() if f"evt.{voice}.>" in user.says] == [
            {"orchestration": "orchestrator"}.get(voice, voice)
        ]
    assert {voice for voice, _ in FACTS} <= set(subjects.VOICES)
    said = [line for user in USERS.values() for line in user.says if line.startswith("evt.")]
    assert sorted(said) == sorted(["evt.>", *(f"evt.{voice}.>" for voice in subjects.VOICES[:-1])])
    assert subjects.VOICES[-1] == "operator"
    assert "evt.>" in USERS["operator"].says, "it puts back what any voice had said"


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.durable)
def test_every_consumer_belongs_to_its_service_and_to_nobody_else(feed: provision.Feed):
    asks = f"$JS.API.CONSUMER.MSG.NEXT.{feed.stream}.{feed.durable}"
    acks = f"$JS.ACK.{feed.stream}.{feed.durable}.>"
    services = [USERS[name] for name in permissions.VOICES]
    assert [user.name for user in services if {asks, acks} <= set(user.says)] == [subjects.owner(feed.durable)]
    about = {
        user.name for user in services for line in user.says if feed.durable in line.split(".")[2:] and "$JS" in line
    }
    assert about == {subjects.owner(feed.durable)}
    if feed.stream == subjects.EVENTS:
        assert {asks, acks} <= set(USERS["client"].not_says)
    else:
        assert not any(f"CONSUMER.MSG.NEXT.{feed.stream}" in line for line in USERS["client"].says)


def test_only_init_touches_streams_and_an_operator_purges_the_log():
    touches = {user.name for user in USERS.values() for line in user.says if API_OF_STREAMS.match(line)}
    assert touches == {"init", "operator"}
    purges = [line for line in USERS["operator"].says if API_OF_STREAMS.match(line)]
    assert purges == ["$JS.API.STREAM.PURGE.EVENTS"]
    assert not any(line.startswith(("$JS.API.>", "$JS.>", ">")) for user in USERS.values() for line in user.says)


def test_each_service_hears_its_own_inbox_and_nothing_else():
    for name in permissions.VOICES:
        assert USERS[name].hears == (f"{subjects.inbox(name)}.>",)
        assert f"{subjects.inbox(name)}.>" in USERS["client"].not_hears


def test_keys_are_made_once_and_never_changed(tmp_path: Path):
    folder = tmp_path / "keys"
    made = make(folder, 0o600)
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert set(files) == {"keys.conf", *(f"{user}.nk" for user in permissions.USERS)}
    assert make(folder, 0o644) == made
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == files
    assert {oct(file.stat().st_mode & 0o777) for file in folder.glob("*.nk")} == {"0o600"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_a_key_that_is_missing_is_made_and_one_that_is_kept_elsewhere_is_not(tmp_path: Path):
    make(tmp_path, 0o600)
    listed = tmp_path / "keys.conf"
    before = listed.read_text()
    (tmp_path / "cost.nk").unlink()
    make(tmp_path, 0o600)
    assert listed.read_text() == before
    assert not (tmp_path / "cost.nk").exists()
    listed.write_text(re.sub("COST_KEY.*\n", "", before))
    make(tmp_path, 0o640)
    assert f'COST_KEY: "{public_key(tmp_path / "cost.nk")}"' in listed.read_text()
    assert oct((tmp_path / "cost.nk").stat().st_mode & 0o777) == "0o640"


def test_a_seed_that_is_not_the_one_of_the_servers_key_is_told(tmp_path: Path):
    make(tmp_path, 0o600)
    (tmp_path / "cost.nk").write_bytes((tmp_path / "client.nk").read_bytes())
    with pytest.raises(ZamazError, match=r"cost\.nk is not the seed of U"):
        make(tmp_path, 0o600)


@pytest.mark.parametrize("content", [b"", b"SUA", b"not a seed at all", b"\xff" * 58])
def test_a_file_that_is_no_seed_is_told(tmp_path: Path, content: bytes):
    (tmp_path / "x.nk").write_bytes(content)
    with pytest.raises(NotAdmitted, match=r"x\.nk holds no seed"):
        public_key(tmp_path / "x.nk")
    with pytest.raises(NotAdmitted, match="cannot be read: No such file"):
        public_key(tmp_path / "y.nk")
