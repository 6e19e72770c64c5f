"""The published language, held: the golden JSON of every fact and its subject stay as they are for ever.

A new field needs a default; a golden file of an older shape stays, under its name with a number (`….v1.1.json`), and
must still be read. `ZAMAZ_WRITE_GOLDEN=1` writes files that are missing, and never changes one. The order of fields is
no part of the language.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from zamaz import subjects
from zamaz.events import FACTS, Fact, ce_type, decode, encode, subject_of

from contract.samples import SAMPLES

GOLDEN = Path(__file__).parent / "golden"


def path(fact: Fact) -> Path:
    return GOLDEN / f"{ce_type(fact)}.json"


def written(fact: Fact) -> bytes:
    subject = subject_of("d1", fact)
    body = msgspec.Raw(msgspec.json.format(encode(fact), indent=2))
    envelope = {"subject": subject, "ce-id": subjects.fact_id(subject), "ce-type": ce_type(fact), "body": body}
    return msgspec.json.format(msgspec.json.encode(envelope), indent=2) + b"\n"


@pytest.mark.parametrize("fact", SAMPLES, ids=lambda fact: type(fact).__name__)
def test_the_golden_json_of_a_fact_is_what_is_written_today(fact: Fact):
    if os.environ.get("ZAMAZ_WRITE_GOLDEN") and not path(fact).exists():
        path(fact).write_bytes(written(fact))
    assert msgspec.json.decode(path(fact).read_bytes()) == msgspec.json.decode(written(fact))


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.json")), ids=lambda file: file.stem)
def test_every_golden_file_is_read_as_the_fact_it_was(file: Path):
    golden = msgspec.json.decode(file.read_bytes())
    fact = decode(golden["subject"], msgspec.json.encode(golden["body"]))
    assert isinstance(fact, Fact)
    assert msgspec.json.decode(encode(fact)) == golden["body"]


def test_every_fact_of_the_language_has_a_sample():
    assert {type(fact) for fact in SAMPLES} == set(FACTS.values())


def test_every_field_of_every_fact_is_set_in_its_sample():
    for fact in SAMPLES:
        body = msgspec.json.decode(encode(fact))
        missing = {f.encode_name for f in msgspec.structs.fields(fact)} - set(body)
        # `unparsed` and `partial: false` belong to samples that show the other case.
        assert missing <= {"unparsed", "stop_reason"}, (type(fact).__name__, missing)


def test_a_body_without_a_type_tag_is_a_good_request():
    fact = decode("evt.client.d1.DebateRequested", b'{"question": "Split it?", "unheard_of": 1}')
    assert fact == type(SAMPLES[0])(question="Split it?")
