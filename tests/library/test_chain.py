from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from zamaz import chain
from zamaz.chain import Chain, Link, NoExport, Stored, chained, faults
from zamaz.cli.main import main

KINDS = ("client.d1.DebateRequested", "workflow.d1.DebateStarted", "workflow.d1.RoundStarted.1", "cost.d1.CallPriced.c")
SMALL = [Stored(n, f"evt.{kind}", f"2026-01-01T00:00:0{n}Z", b'{"n":%d}' % n) for n, kind in enumerate(KINDS, 3)]
THEN = "2026-01-01T00:00:09Z"
BODIES = st.lists(st.one_of(st.binary(max_size=30), st.text(max_size=30).map(str.encode)), max_size=6)


def with_bodies(bodies: list[bytes]) -> list[Stored]:
    return [
        Stored(7 + 2 * n, f"evt.cost.d1.CallPriced.{n}", f"2026-01-01T00:00:0{n}.5Z", body)
        for n, body in enumerate(bodies)
    ]


def found(made: Chain) -> list[str]:
    return [str(fault) for fault in faults(made)]


def with_facts(*facts: Link, of: Chain) -> Chain:
    return replace(of, facts=facts)


@given(BODIES)
def test_what_is_written_is_read_again_byte_for_byte_and_has_no_faults(bodies: list[bytes]):
    facts = with_bodies(bodies)
    made = chain.read(chain.write(chained("d1", facts)).encode())
    assert [fact.stored for fact in made.facts] == facts
    assert found(made) == []


def test_the_recipe_in_the_documentation_gives_the_same_links():
    told = json.loads(chain.write(chained("d1", SMALL)))
    previous = hashlib.sha256(b"zamaz-chain-1\nd1").hexdigest()
    for fact in told["facts"]:
        assert fact["previous"] == previous
        text = f"{previous}\n{fact['subject']}\n{fact['seq']}\n{fact['time']}\n{fact['body']}"
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert fact["link"] == previous
    assert (told["head"], told["count"]) == (previous, len(SMALL))


@given(BODIES.filter(bool), st.data())
def test_any_change_of_one_byte_is_found_or_changes_nothing_that_is_told(bodies: list[bytes], data: st.DataObject):
    whole = chained("d1", with_bodies(bodies))
    file = bytearray(chain.write(whole).encode())
    place = data.draw(st.integers(0, len(file) - 1))
    file[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != file[place]))
    try:
        made = chain.read(bytes(file))
        assert list(faults(made)) or made == whole
    except NoExport:
        pass


@given(st.sampled_from(range(len(SMALL))), st.sampled_from(["body", "subject", "time", "seq", "link", "previous"]))
def test_a_changed_fact_is_named(n: int, field: str):
    whole = chained("d1", SMALL)
    old = getattr(whole.facts[n], field)
    changed = replace(whole.facts[n], **{field: old + 1 if isinstance(old, int) else f"{old}0"})
    made = with_facts(*whole.facts[:n], changed, *whole.facts[n + 1 :], of=whole)
    assert any(line.startswith(f"{changed.seq} {changed.subject}: its name, sequence") for line in found(made))


@pytest.mark.parametrize("n", range(len(SMALL)))
def test_a_dropped_fact_leaves_a_gap_with_a_place(n: int):
    whole = chained("d1", SMALL)
    told = found(with_facts(*whole.facts[:n], *whole.facts[n + 1 :], of=whole))
    assert "the file: 4 facts were exported, and 3 are here" in told
    if n + 1 < len(SMALL):
        assert told[0].startswith(f"{SMALL[n + 1].seq} {SMALL[n + 1].subject}: a fact is missing, or was changed")
    else:
        assert "it is not the last fact that was exported" in told[0]


def test_swapped_facts_are_named_with_the_places_where_they_belong():
    whole = chained("d1", SMALL)
    one, two, three, four = whole.facts
    told = found(with_facts(one, three, two, four, of=whole))
    assert told[0] == f"5 {three.subject}: it was exported behind 4 {two.subject}, and stands behind 3 {one.subject}"
    assert f"4 {two.subject}: its sequence does not follow 5" in told
    first = found(with_facts(two, one, three, four, of=whole))
    assert f"3 {one.subject}: it was the first fact, and stands behind 4 {two.subject}" in first


def test_an_inserted_fact_is_named_however_well_it_is_linked():
    whole = chained("d1", SMALL)
    one, two, *rest = whole.facts
    new = Stored(4, "evt.workflow.d1.DebateFailed", THEN, b"{}")
    inserted = Link(seq=4, subject=new.subject, time=THEN, body="{}", previous=one.link, link=chain.link(one.link, new))
    told = found(with_facts(one, inserted, two, *rest, of=whole))
    assert told[0] == f"4 {two.subject}: it was exported behind 3 {one.subject}, and stands behind 4 {new.subject}"


def test_a_fact_of_another_debate_and_one_without_a_name_are_told():
    stranger = Stored(9, "evt.cost.d2.DebateBilled", THEN, b"{}")
    told = found(chained("d1", [*SMALL, stranger, Stored(10, "tmr.x", THEN, b"{}")]))
    assert told == [
        "9 evt.cost.d2.DebateBilled: it belongs to the debate d2, not to d1",
        "10 tmr.x: 'tmr.x' is not the name of a fact",
    ]


def test_a_body_that_was_moved_into_the_time_is_found():
    """What is hashed stays the same: only a time can tell that it is none."""
    (fact,) = chained("d1", [Stored(3, "evt.client.d1.DebateRequested", THEN, b'{\n"question": "Split it?"}')]).facts
    moved = replace(fact, time=f"{THEN}\n{{", body='"question": "Split it?"}')
    assert chain.link(fact.previous, moved.stored) == fact.link
    assert found(with_facts(moved, of=chained("d1", [fact.stored]))) == [
        "3 evt.client.d1.DebateRequested: its time is none"
    ]


def test_a_renamed_debate_is_found():
    assert found(replace(chained("d1", SMALL), debate="d2"))


def test_who_makes_the_links_anew_is_found_by_the_head_and_by_the_log():
    forged = chained("d1", [SMALL[0], SMALL[1]._replace(body=b"{}"), *SMALL[2:]])
    assert found(forged) == []
    assert forged.head != chained("d1", SMALL).head
    assert [str(fault) for fault in chain.against(forged, SMALL)] == [f"4 {SMALL[1].subject}: the log has another body"]


def test_the_log_may_have_got_more_but_not_something_else():
    made = chained("d1", SMALL[:2])
    assert list(chain.against(made, SMALL)) == []
    missing = [str(fault) for fault in chain.against(chained("d1", [SMALL[0], SMALL[2]]), SMALL)]
    assert missing == [f"4 {SMALL[1].subject}: it stands in the log and is missing here"]
    erased = [str(fault) for fault in chain.against(made, [])]
    assert [line.partition(": ")[2] for line in erased] == ["the log holds no fact of this debate there"] * 2


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format":"zamaz-chain-2","debate":"d","count":0,"head":"","facts":[]}', "\xff"],
)
def test_what_is_no_export_is_refused(text: str):
    with pytest.raises(NoExport):
        chain.read(text.encode("latin-1"))


@pytest.mark.parametrize("body", [{}, {"body": "a", "base64": "YQ=="}, {"base64": "YR=="}, {"base64": "!"}])
def test_a_fact_has_one_body(body: dict[str, str]):
    with pytest.raises(NoExport):
        _ = Link(seq=1, subject="s", time="t", previous="p", link="l", **body).stored


def test_each_link_depends_on_all_before_it():
    links = [fact.link for fact in chained("d1", SMALL).facts]
    others = [fact.link for fact in chained("d1", [SMALL[0]._replace(body=b"{}"), *SMALL[1:]]).facts]
    assert all(one != other for one, other in zip(links, others, strict=True))
    assert all(one != other for one, other in pairwise(links))


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, ["verify", *words])


def test_the_command_needs_no_server(tmp_path: Path):
    file, whole = tmp_path / "d1.json", chained("d1", SMALL)
    file.write_text(chain.write(whole))
    good = typed(str(file), "--head", whole.head)
    assert (good.exit_code, "every one of 4 facts is as it was exported" in good.stdout) == (0, True)
    assert typed(str(file), "--head", "0" * 64).exit_code == 1
    file.write_text(chain.write(whole).replace('{\\"n\\":4}', '{\\"n\\":5}'))
    bad = typed(str(file))
    assert bad.exit_code == 1
    assert bad.stdout == f"4 {SMALL[1].subject}: its name, sequence, time, body or link was changed\n"
    file.write_text("{}")
    none = typed(str(file))
    assert (none.exit_code, "no export of a debate" in none.stderr) == (2, True)
