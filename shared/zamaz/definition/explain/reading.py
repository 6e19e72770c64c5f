"""How much of what was said each speaker reads, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from zamaz.definition.explain.plan import Plan
from zamaz.definition.explain.units import duration, rounds


def reading(plan: Plan) -> Iterator[str]:
    """What the definition shows of older rounds, and what bounds a prompt."""
    context = plan.flow.context
    match context.mode:
        case "full":
            yield "  All that those they see have argued, from round 1 on."
        case "window":
            newest = "the newest argument" if context.rounds == 1 else f"the {context.rounds} newest arguments"
            yield f"  Of each that they see, {newest}."
        case "summary":
            yield from _summary(plan)
    if context.max_tokens:
        yield f"  A prompt has about {context.max_tokens:,} tokens at most: the oldest is left out first, and then the"
        yield "  newest is cut. The question and its context are always whole."


def _summary(plan: Plan) -> Iterator[str]:
    context, by = plan.flow.context, plan.flow.context.by
    over = "the last round" if context.rounds == 1 else f"the last {context.rounds} rounds"
    who = f"{by.participant} ({by.provider}/{by.model})" if by else "nobody"
    yield f"  Of {over} and the one under way all that is argued; of those before, a summary."
    made = plan.summaries(plan.rounds)
    if not made:
        yield f"  With {rounds(plan.rounds)} there is nothing before them, and no summary is made."
        return
    yield f"  {who} makes it, and takes no part in the debate: before round {context.rounds + 2}, and before each one"
    yield f"  after it, of the summary that stands and the next round (at most {duration(context.timeout_s)}; 2 tries)."
    yield "  Where it fails, they go on with the rounds that are whole. Who sees some of the others alone reads none."
