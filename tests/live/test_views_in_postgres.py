"""The views in a real PostgreSQL: the same rows and figures as in SQLite, and troubles that are said in a line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest

from zamaz.cli.budgets import chosen
from zamaz.views import postgres
from zamaz.views.budgets import BudgetsView
from zamaz.views.debates import DebatesView
from zamaz.views.figures import BYS, agreed, ended, spent, worked
from zamaz.views.period import Period
from zamaz.views.store import Rows, ViewUnavailable
from zamaz.views.work import WorkView

from library.reading import Reader
from library.test_budgets_view import LOG as MONEY
from library.test_budgets_view import reader as reader_of
from library.test_work_view import LOG, WHOLE
from servers.postgres import running

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture
def reader(url: str) -> Iterator[Reader]:
    made = reader_at(url)
    made.empty("for the next test")
    yield made
    made.store.close()


def reader_at(url: str) -> Reader:
    return Reader(store=postgres.store(url), views=(DebatesView(), WorkView()))


def figures(rows: Rows) -> list[object]:
    everything = Period()
    return [*(spent(rows, by, everything) for by in BYS), worked(rows, everything), agreed(rows, everything)]


def test_rows_and_figures_are_those_of_sqlite(reader: Reader):
    for begin, end in pairwise(range(0, len(LOG) + 97, 97)):
        reader.take(LOG[begin:end])
    assert reader.dump() == WHOLE.dump()
    with reader.store.transaction() as there, WHOLE.store.transaction() as here:
        assert figures(there) == figures(here)
        assert sorted(ended(there, Period())) == sorted(ended(here, Period()))
    assert reader.newest(5) == WHOLE.newest(5)
    (row,) = WHOLE.newest(1)
    assert reader.beginning_with(row.id[:9]) == [row]


def test_budgets_are_those_of_sqlite(url: str):
    made = Reader(store=postgres.store(url), views=(DebatesView(), WorkView(), BudgetsView()))
    made.empty("for this test")
    for begin, end in pairwise(range(0, len(MONEY) + 4, 4)):
        made.take(MONEY[begin:end])
    here = reader_of(*MONEY)
    for scope in ("", "debate"):
        with made.store.transaction() as theirs, here.store.transaction() as ours:
            assert chosen(theirs, Period(), scope) == chosen(ours, Period(), scope) != []
    made.store.close()


def test_two_writers_at_once_take_every_fact_once(reader: Reader, url: str):
    other = reader_at(url)
    both = [threading.Thread(target=take_all, args=(one,)) for one in (reader, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert reader.dump() == WHOLE.dump()
    other.store.close()


def take_all(reader: Reader) -> None:
    for begin in range(0, len(LOG), 50):
        reader.take(LOG[begin : begin + 50])


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://zamaz:secret@127.0.0.1:1/postgres", "cannot be used"),
        ("no address", "is no address of a PostgreSQL database"),
        ("postgresql://zamaz:secret@127.0.0.1:1/postgres?sslmode=require", "sslmode cannot be set here"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_password(address: str, told: str):
    with pytest.raises(ViewUnavailable, match=told) as raised:
        postgres.store(address)
    assert "secret" not in str(raised.value)
