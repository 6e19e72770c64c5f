"""`zamaz keys` and `zamaz permissions`: what a NATS server must know of its users."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import click
import nkeys

from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import say
from zamaz.connection import public_key, seed_name
from zamaz.definition import load
from zamaz.errors import ZamazError
from zamaz.permissions import KEYS_FILE, USERS, configuration, key_variable

_LINE = re.compile(r'^(\w+): "(U\w+)"$', re.MULTILINE)


async def printing() -> None:
    """Print permissions.conf for the providers of models.yaml."""
    click.echo(configuration(load(CliSettings().definitions).models.providers), nl=False)


async def making(folder: Path, mode: int) -> None:
    """Make what is missing and say what there is. Raises as `make` does."""
    for line in make(folder, mode):
        say(line)


def make(folder: Path, mode: int) -> list[str]:
    """Make what is missing in `folder`: a seed for each user (`<user>.nk`, with `mode`), and the file of their
    public keys. Answers one line each.

    Nothing that is there is changed; a user whose public key is in that file, but whose seed is kept elsewhere,
    gets no other one. Raises ZamazError for a seed that is none, or that is not the one of the public key.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    listed = folder / Path(KEYS_FILE).name
    if listed.exists() and not listed.is_file():
        raise ZamazError(f"{listed} is no file: remove it, and the keys are made anew")
    known = dict(_LINE.findall(listed.read_text(encoding="utf-8"))) if listed.exists() else {}
    found = {user: _key(folder / seed_name(user), known.get(key_variable(user), ""), mode) for user in USERS}
    public = {key_variable(user): key for user, (key, _) in found.items()}
    listed.write_text("".join(f'{name}: "{key}"\n' for name, key in {**known, **public}.items()), encoding="utf-8")
    listed.chmod(0o644)
    return [f"{user}: {key} {where}" for user, (key, where) in found.items()]


def _key(seed: Path, known: str, mode: int) -> tuple[str, str]:
    """A user's public key, and where its seed is."""
    if not seed.exists():
        if known:
            return known, "(its seed is not here)"
        seed.touch(mode=0o600, exist_ok=False)
        seed.write_bytes(nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER))
        seed.chmod(mode)
    public = public_key(seed)
    if known not in ("", public):
        raise ZamazError(f"{seed} is not the seed of {known}: remove the one that is wrong")
    return public, f"({seed})"
