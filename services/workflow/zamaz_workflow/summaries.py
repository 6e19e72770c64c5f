"""What older rounds come down to: where the definition wants it, a seat beside the panel makes one text of them.

It is asked when a round begins for which one more round is too old to be shown, before anybody speaks in it: of the
summary that stands and of what was said since, up to that round. It is a turn like others, once a round at most, and
nobody's position or vote. Where it fails, those who speak read the newest rounds, and what older summary there is.
"""

from __future__ import annotations

from msgspec.structs import replace

from zamaz.events.flow import SUMMARY, Flow, Seat, Step
from zamaz.events.workflow import DebateStarted
from zamaz_workflow import turns, voices
from zamaz_workflow.debate import Debate
from zamaz_workflow.turns import Asking, Moment, Outcome


def ask(d: Debate, start: DebateStarted, moment: Moment) -> Outcome:
    """What the summary that the current round begins with still needs; nothing where it begins without one."""
    seat, upto = maker(start.flow), due(start.flow, d.rounds)
    # The reserves are the panel's: dear models, and this is a cheap one's turn.
    alone = replace(start, reserves=())
    if seat is None or not upto or _has_begun(d) or not voices.usable(d, alone, seat):
        return Outcome()
    step = Step(id=SUMMARY, type="summary", timeout_s=start.flow.context.timeout_s)
    asking = Asking(d.rounds, step, (seat,), blind=False, all_labels=True, inserted=True, sums_up=upto)
    return turns.ask(d, alone, asking, moment)


def maker(flow: Flow) -> Seat | None:
    """Who makes the summaries of a definition; None where it wants none."""
    return flow.context.by if flow.context.mode == "summary" else None


def due(flow: Flow, round_: int) -> int:
    """Up to which round is summed up before this one begins; 0 where all before it is still shown."""
    return max(0, round_ - 1 - flow.context.rounds) if maker(flow) else 0


def _has_begun(d: Debate) -> bool:
    """Whether anybody was asked something else in the current round."""
    return any(round_ == d.rounds and step != SUMMARY for round_, step, _ in d.slots)
