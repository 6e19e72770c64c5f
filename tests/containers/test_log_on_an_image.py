"""The log's own tests, against a server out of the image that docker-compose.yml starts."""

from __future__ import annotations

import pytest

from live.test_log import (
    test_a_debate_of_more_than_a_thousand_facts_is_loaded_whole,
    test_a_fact_is_said_once_and_the_same_again_is_success,
    test_a_server_killed_between_appends_loses_none_that_was_acknowledged,
    test_a_turn_has_one_answer_of_any_kind,
    test_follow_yields_each_fact_once_across_a_server_kill,
    test_of_200_racing_decisions_one_wins_and_the_others_are_told,
)

pytestmark = pytest.mark.live
__all__ = [
    "test_a_debate_of_more_than_a_thousand_facts_is_loaded_whole",
    "test_a_fact_is_said_once_and_the_same_again_is_success",
    "test_a_server_killed_between_appends_loses_none_that_was_acknowledged",
    "test_a_turn_has_one_answer_of_any_kind",
    "test_follow_yields_each_fact_once_across_a_server_kill",
    "test_of_200_racing_decisions_one_wins_and_the_others_are_told",
]
