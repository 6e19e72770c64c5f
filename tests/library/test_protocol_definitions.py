"""How a workflow file says its protocol: short or long, and what does not go together."""

from __future__ import annotations

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from zamaz.definition import ModelsFile, WorkflowFile, default_folder, digest, load, parse, schema
from zamaz.definition.explain import calls, explain, longest_s, plan_of
from zamaz.definition.mermaid import diagram
from zamaz.errors import DefinitionError
from zamaz.events.flow import Flow, Rule, Term
from zamaz.events.voting import CONSENSUS, ProtocolSetting

MODELS = "providers: {p: {adapter: ollama}}\nmodels: {a: {provider: p, model: a1}, b: {provider: p, model: b1}}"
PLAIN = ("initial_arguments", "final_decision")
CHECKED = ("initial_arguments", "consensus_check", "final_decision")
BALLOT = ("initial_arguments", "vote", "final_decision")
WHOLE = ("initial_arguments", "consensus_check", "vote", "final_decision")
JUDGED = "[a, b, {model: a, name: solomon, role: judge}]"


def text(protocol: str, steps: tuple[str, ...] = PLAIN, seats: str = "[a, b]", config: str = "") -> str:
    listed = "".join(f"  - {{type: {kind}, timeout: 60}}\n" for kind in steps)
    return f"id: w\nparticipants: {seats}\nconfig: {{protocol: {protocol}{config}}}\nsteps:\n{listed}"


def made(protocol: str, steps: tuple[str, ...] = PLAIN, seats: str = "[a, b]", config: str = "") -> WorkflowFile:
    return parse(text(protocol, steps, seats, config), WorkflowFile, "w.yaml")


def told(file: WorkflowFile) -> str:
    return explain(plan_of(file, parse(MODELS, ModelsFile, "models.yaml"), ()))


def test_a_name_alone_is_a_protocol_with_its_own_numbers():
    assert made("supermajority").flow().protocol == ProtocolSetting(name="supermajority", threshold=2 / 3)
    assert made("{name: supermajority, threshold: 3/4, quorum: 2/3}").flow().protocol == ProtocolSetting(
        name="supermajority", threshold=0.75, quorum=2 / 3
    )
    assert made("unanimity").flow().protocol.threshold == 1


def test_consensus_is_what_runs_where_nothing_is_said_and_changes_no_digest():
    assert made("consensus").flow().protocol is CONSENSUS
    assert made("{name: consensus, quorum: 1/2}").flow().protocol is CONSENSUS
    flow = load(default_folder()).workflows["simple_debate"].flow()
    plain = {name: getattr(flow, name) for name in flow.__struct_fields__ if name != "protocol"}
    assert digest(Flow(**plain)) == digest(flow)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (text("plurality"), "plurality|one of|Input should be"),
        (text("{name: majority, threshold: 0.6}"), "majority has no threshold"),
        (text("{name: supermajority, threshold: 1/2}"), "more than half"),
        (text("{name: supermajority, tie: first_seat}"), "cannot be broken"),
        (text("{name: judge, tie: another_round}", seats=JUDGED), "knows no ties"),
        (text("{name: majority, quorum: 0}"), "greater than 0"),
        (text("{name: majority, quorm: 1}"), "did you mean 'quorum'"),
        (text("ranked"), "needs a step of the type vote"),
        (text("approval"), "needs a step of the type vote"),
        (text("consensus", BALLOT), "not counted under protocol consensus"),
        (text("judge", BALLOT, JUDGED), "not counted under protocol judge"),
        (text("judge"), "must have the role judge, and 0 have"),
        (text("{name: majority, tie: judge}"), "must have the role judge, and 0 have"),
        (text("majority", ("final_decision",), "[a]"), "needs a step with arguments"),
        (text("unanimity", CHECKED), "consensus_threshold must be 1"),
        (
            text("majority", ("vote", "initial_arguments", "final_decision")),
            "cannot stand behind vote",
        ),
        (
            text("majority", ("initial_arguments", "vote", "consensus_check", "final_decision")),
            "check cannot stand behind",
        ),
        (text("majority", ("vote", "final_decision")), "needs a step with arguments"),
        (
            text("judge", PLAIN, JUDGED).replace("final_decision,", "final_decision, participant: a,"),
            "the judge decides",
        ),
    ],
)
def test_what_does_not_go_together_is_named(wrong: str, why: str):
    with pytest.raises(DefinitionError, match=why):
        parse(wrong, WorkflowFile, "w.yaml")


@pytest.mark.parametrize(
    "good",
    [
        text("majority"),
        text("ranked", WHOLE),
        text("{name: approval, tie: first_seat}", BALLOT),
        text("{name: confidence_weighted, tie: judge, threshold: 2/3}", PLAIN, JUDGED),
        text("unanimity", CHECKED, config=", consensus_threshold: 1"),
        text("judge", CHECKED, JUDGED),
    ],
)
def test_what_validation_takes_the_schema_takes(good: str):
    parse(good, WorkflowFile, "w.yaml")
    assert Draft202012Validator(schema.json_schema("workflow")).is_valid(yaml.safe_load(good))


def test_a_judge_stands_outside_the_panel_and_decides_where_no_protocol_names_another_way():
    judged = made("consensus", PLAIN, JUDGED)
    assert judged.flow().decided_by == "solomon"
    assert "3. solomon (p/a1, judge): argues and votes not\n" in told(judged)
    assert "both at once" in told(judged)
    assert "final_decision: solomon decides" in told(judged)


def test_an_explanation_says_what_is_adopted_who_must_vote_and_what_a_tie_is():
    said = told(made("{name: majority, tie: another_round}", WHOLE, config=", max_rounds: 2"))
    assert "Majority, where there is no consensus. Adopted is what has more than half of the votes." in said
    assert "It takes 2 of 2 seats that vote or abstain." in said
    assert "for one round more, and no second" in said
    assert "by consensus, or after 2 rounds without one, one more at a tie" in said
    assert "a words what is adopted" in said
    judged = told(made("judge", PLAIN, JUDGED))
    assert "solomon sees every position, and its choice decides" in judged
    assert "final_decision: solomon decides" in judged
    assert "both at once" in judged


def test_a_tie_that_is_argued_once_more_is_counted_in_the_most_that_it_may_take():
    plain = plan_of(made("majority", BALLOT), parse(MODELS, ModelsFile, "m"), ())
    tied = plan_of(made("{name: majority, tie: another_round}", BALLOT), parse(MODELS, ModelsFile, "m"), ())
    assert calls(tied).all_rounds == calls(plain).all_rounds == 5
    assert calls(tied).most == calls(plain).most + 2 * 2 * 2
    assert longest_s(tied) == longest_s(plain) + 120


def test_a_diagram_shows_the_vote_between_the_last_round_and_the_decision():
    drawn = diagram(plan_of(made("majority", WHOLE), parse(MODELS, ModelsFile, "m"), ()))
    assert "s2 --> s3 : after round 1" in drawn
    assert "s3 --> s4 : adopted" in drawn
    assert "s2 --> s4 : score 0.75 or more" in drawn


def test_the_shipped_way_to_consensus_falls_back_on_two_thirds_of_a_vote():
    shipped = load(default_folder()).workflows["consensus_building"]
    assert (shipped.config.max_rounds, shipped.flow().protocol.name) == (5, "supermajority")
    assert shipped.flow().protocol.threshold == 2 / 3
    assert [step.type for step in shipped.steps][-2:] == ["vote", "final_decision"]


def test_a_digest_is_the_same_before_and_after_the_flow_was_stored():
    whole = Rule(condition="rounds >= 1", terms=(Term(of="rounds", op=">=", value=1),), action="abort")
    flow = Flow(id="x", steps=(), rules=(whole,))
    assert digest(flow) == digest(msgspec.json.decode(msgspec.json.encode(flow), type=Flow))
