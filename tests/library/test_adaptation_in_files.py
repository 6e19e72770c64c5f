"""What a file lets the orchestrator change while a debate runs: what it becomes, and what is wrong with it."""

from __future__ import annotations

import pytest

from zamaz.definition import WorkflowFile, parse
from zamaz.definition.explain import calls, explain, plan_of
from zamaz.definition.mermaid import diagram
from zamaz.definition.models import ModelsFile
from zamaz.errors import DefinitionError
from zamaz.events.flow import Adaptation

FILE = """\
id: good
participants: [script/a, script/b]
config: {max_rounds: 3, adaptation: %s}
steps:
  - {type: initial_arguments, max_retries: 0}
  - {type: consensus_check}
  - {type: final_decision, max_retries: 0}
"""
ROUND = "  - {type: initial_arguments, max_retries: 0}\n  - {type: consensus_check}\n"
MODELS = parse("providers: {script: {adapter: script}}\nmodels: {}", ModelsFile, "models.yaml")


def read(adaptation: str, **instead: str) -> WorkflowFile:
    text = FILE % adaptation
    for old, new in instead.items():
        text = text.replace(old, new)
    return parse(text, WorkflowFile, "good.yaml")


def test_what_is_not_said_is_off_and_leaves_a_definition_as_it_was():
    plain = parse(FILE.replace(", adaptation: %s", ""), WorkflowFile, "good.yaml").flow()
    assert plain.adaptation is None
    with pytest.raises(DefinitionError, match="is empty: write"):
        read("null")


def test_an_empty_one_allows_to_redirect_and_to_complete():
    assert read("{}").flow().adaptation == Adaptation(moves=("redirect", "complete"), tries=1)


def test_what_is_observed_may_be_answered_without_any_move():
    made = read("{moves: [], on_sycophancy: devils_advocate, on_drift: redirect}").flow().adaptation
    assert made == Adaptation(on_sycophancy="devils_advocate", on_drift="redirect", tries=1)


@pytest.mark.parametrize(
    ("adaptation", "instead", "told"),
    [
        ("{on_drft: redirect}", {}, "did you mean 'on_drift'"),
        ("{moves: [continue]}", {}, "redirect"),
        ("{on_drift: advocate}", {}, "devils_advocate"),
        ("{moves: []}", {}, "no move is allowed"),
        ("{}", {"max_rounds: 3": "max_rounds: 1"}, "no round follows the only one"),
        (
            "{}",
            {ROUND: ""},
            "nothing is argued",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(adaptation: str, instead: dict[str, str], told: str):
    with pytest.raises(DefinitionError) as error:
        read(adaptation, **instead)
    assert told in str(error.value)
    assert "adaptation" in str(error.value) or "on_dr" in str(error.value)


def test_it_is_told_in_plain_words_and_counted():
    plan = plan_of(read("{moves: [complete], on_drift: devils_advocate}"), MODELS, ())
    told = explain(plan)
    assert "end the arguing, where another round is unlikely to change anything" in told
    assert "Where somebody argues off the question, the next round begins with the case against" in told
    without = plan_of(parse(FILE.replace(", adaptation: %s", ""), WorkflowFile, "good.yaml"), MODELS, ())
    assert calls(plan).most == calls(without).most + 2
    assert calls(plan).rulings == calls(without).rulings + 2
    assert "Between rounds" not in explain(without)
    drawn = diagram(plan_of(read("{moves: [complete, escalate, redirect]}"), MODELS, ()))
    assert "s2 --> s3 : complete, where the orchestrator advises it" in drawn
    assert "s2 --> person : escalate, where the orchestrator advises it" in drawn
