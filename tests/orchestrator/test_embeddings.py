"""Nearness of meaning with the real sentence model, and that it rules nothing alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from zamaz.events.flow import Earlier, RungSetting
from zamaz_orchestrator.kinds.novelty import Novelty, Proposal
from zamaz_orchestrator.ladder import Climbed, Ladder
from zamaz_orchestrator.rungs.embeddings import MiniLM, files

from orchestrator.panel import CONSENSUS, case, held, question

FOUND = files(None)
pytestmark = pytest.mark.skipif(FOUND is None, reason="the extra `embeddings` is not installed")
RUNG = RungSetting(rung="embeddings", threshold=0.6, timeout_s=20)
EARLIER = (Earlier(debate="d7", decision="Cache the answers of the price table for one day."),)


@pytest.fixture(scope="module")
def model() -> MiniLM:
    assert FOUND is not None
    return MiniLM(FOUND)


async def proposed(model: MiniLM | None, position: str) -> Climbed:
    asked = Proposal(position=position, earlier=EARLIER)
    return await Ladder({}, meaning=model).climb(case(Novelty(), asked), [RUNG])


async def test_it_sees_what_a_text_is_about_and_not_what_it_says_of_it(model: MiniLM) -> None:
    near, far = await model.likeness([("Adopt Kafka", "Reject Kafka"), ("Adopt Kafka", "Hire two testers")])
    assert near > 0.6 > 0.4 > far


async def test_the_same_text_is_as_near_as_can_be_whatever_stands_beside_it(model: MiniLM) -> None:
    alone = await model.likeness([("Use gRPC", "Speak gRPC everywhere")])
    beside = await model.likeness([("Use gRPC", "Speak gRPC everywhere"), ("x " * 90, "Use gRPC")])
    assert alone[0] == beside[0]
    assert (await model.likeness([("Use gRPC", "Use gRPC")]))[0] == pytest.approx(1.0, abs=1e-5)


async def test_near_in_words_and_in_sense_is_a_repetition(model: MiniLM) -> None:
    made = await proposed(model, "For one day, cache answers of the price table")
    assert (made.opinion.rung, made.opinion.said.repeats) == ("embeddings", "d7")


async def test_far_in_both_is_new(model: MiniLM) -> None:
    made = await proposed(model, "Hire two testers for the payments team")
    assert (made.opinion.rung, made.opinion.said.repeats) == ("embeddings", "")


async def test_the_same_subject_with_a_not_or_in_other_words_is_passed_up(model: MiniLM) -> None:
    for position in (
        "Do not cache the answers of the price table for one day.",
        "Keep what the pricing lookup returned until tomorrow",
    ):
        made = await proposed(model, position)
        assert made.opinion.rung == "default"
        assert "nearest in sense" in made.passed[0].why


async def test_it_says_nothing_about_agreement(model: MiniLM) -> None:
    asked = case(CONSENSUS, question(held("ann", "Adopt Kafka"), held("bob", "Reject Kafka")))
    made = await Ladder({}, meaning=model).climb(asked, [structs.replace(RUNG, threshold=0.0)])
    assert (made.opinion.rung, made.passed[0].reason) == ("default", "no_evidence")


async def test_without_the_extra_the_rung_passes_up() -> None:
    made = await proposed(None, "Cache it")
    assert (made.passed[0].why, made.passed[0].reason) == ("the extra `embeddings` is not installed", "not_configured")
