"""A decision protocol in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zamaz.events.voting import ProtocolName, ProtocolSetting, TieRule

_COUNTED: Mapping[ProtocolName, str] = {
    "majority": "Adopted is what has more than half of the votes.",
    "supermajority": "Adopted is what has {share} of the votes or more.",
    "unanimity": "Adopted is what all vote for.",
    "approval": "Each names all that it could live with; adopted is what most of them name.",
    "ranked": "Each ranks them: of k the first gets k - 1 points, the next k - 2, and so on,\n"
    "  and those left out share the rest. Adopted is what has the most points (Borda).",
    "confidence_weighted": "A vote weighs what its seat says of its own confidence.\n"
    "  Adopted is what has {share} of the weight.",
    "judge": "{judge} sees every position, and its choice decides, with a consensus too. It argues and votes not.",
}
_TIES: Mapping[TieRule, str] = {
    "no_winner": "At a tie nothing is adopted.",
    "first_seat": "A tie is broken as the first of the seats voted that prefer one of the tied.",
    "judge": "A tie is broken by {judge}, which argues and votes not.",
    "another_round": "At a tie they argue and vote for one round more, and no second.",
}


def vote_lines(setting: ProtocolSetting, *, seats: int, quorum: int, judge: str, asked: str) -> Iterator[str]:
    """How it is decided by a protocol other than consensus. `asked` is the step that asks for votes, or ""."""
    told = _COUNTED[setting.name].format(share=share(setting.threshold), judge=judge)
    if setting.name == "judge":
        yield f"  Judge. {told}"
        yield f"  It takes positions of {quorum} of the {seats} others."
        return
    yield f"  {spoken(setting.name)}, where there is no consensus. {told}"
    if not asked:
        yield "  A vote is the option that a seat chose in the last round; without options, the position that it took,"
        yield "  grouped with those that say the same."
    yield f"  It takes {quorum} of {seats} seats that vote or abstain. Who is absent is for and against nothing."
    yield f"  {_TIES[setting.tie].format(judge=judge)}"
    yield "  What is not adopted is not decided: the debate fails then, and says by how much."


def spoken(name: ProtocolName) -> str:
    """A protocol's name at the beginning of a sentence."""
    return name.replace("_", "-").capitalize()


def share(threshold: float) -> str:
    """`two thirds`, `75%`, or `more than half`."""
    if threshold == 2 / 3:
        return "two thirds"
    return f"{threshold:.0%}" if threshold > 1 / 2 else "more than half"
