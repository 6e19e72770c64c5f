"""A file of views that somebody else writes to, or that is none any more: waited for, or said in a line."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from zamaz.views import sqlite
from zamaz.views.store import ViewUnavailable

from library.reading import Reader
from library.test_work_view import LOG


def held(file: Path) -> sqlite3.Connection:
    other = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_another_writer_is_waited_for(tmp_path: Path):
    file = tmp_path / "views.sqlite"
    made = Reader(*LOG[:50], store=sqlite.store(file))
    other = held(file)
    threading.Timer(0.3, other.rollback).start()
    began = time.monotonic()
    made.take(LOG[50:])
    assert time.monotonic() - began > 0.2
    assert made.dump() == Reader(*LOG).dump()


def test_one_that_never_ends_is_told_of_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "LOCK_TIMEOUT_S", 1)
    file = tmp_path / "views.sqlite"
    made = Reader(*LOG[:50], store=sqlite.store(file))
    other = held(file)
    with pytest.raises(ViewUnavailable, match=r"views\.sqlite: the database is in use by another writer: try again"):
        made.take(LOG[50:])
    other.rollback()
    made.take(LOG[50:])
    assert made.dump() == Reader(*LOG).dump()


@pytest.mark.parametrize("place", [0, 4096])
def test_a_file_that_is_none_any_more_is_to_be_deleted(tmp_path: Path, place: int):
    file = tmp_path / "views.sqlite"
    Reader(*LOG, store=sqlite.store(file)).store.close()
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    whole = file.read_bytes()
    file.write_bytes(whole[:place] + b"\xff" * 8192 + whole[place + 8192 :])
    with pytest.raises(ViewUnavailable, match=r"views\.sqlite: .*: delete the file, and the views are made anew"):
        Reader(store=sqlite.store(file)).newest(10)
    file.unlink()
    assert Reader(*LOG, store=sqlite.store(file)).dump() == Reader(*LOG).dump()
