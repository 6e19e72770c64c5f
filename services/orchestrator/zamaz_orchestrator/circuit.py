"""A circuit: a rung that keeps failing is left alone for a while, then tried with one call. Pure; seconds since 1970
come in as `now`."""

from __future__ import annotations

from msgspec import structs

from zamaz.events import Part

WINDOW, LEAST, SHARE = 20, 5, 0.5
"""Of the newest results it looks at so many; from so many on, this share of trouble opens it."""
PAUSE_S, LONGEST_S, PROBE_S = 15.0, 300.0, 60.0
"""For how long it opens first, at most, and how long a probe that tells nothing keeps others out."""


class Circuit(Part, frozen=True, kw_only=True):
    """`recent` holds a `+` for each call that went well and a `-` for trouble, newest last. Open since `opened` for
    `pause_s` (0: closed); then one call may try, until `probe`."""

    recent: str = ""
    opened: float = 0.0
    pause_s: float = 0.0
    probe: float = 0.0

    @property
    def spotless(self) -> bool:
        """Whether one more call that goes well would change nothing."""
        return not self.pause_s and "-" not in self.recent


def enter(circuit: Circuit, now: float) -> tuple[Circuit, str]:
    """The circuit after a call has asked to be let through, and why it is not ("": it is)."""
    if not circuit.pause_s:
        return circuit, ""
    if now < circuit.opened + circuit.pause_s:
        left = circuit.opened + circuit.pause_s - now
        return circuit, f"its circuit is open for another {left:.0f} s: too many of its calls failed"
    if now < circuit.probe:
        return circuit, "its circuit is open: one call tries whether it works again"
    return structs.replace(circuit, probe=now + PROBE_S), ""


def after(circuit: Circuit, now: float, *, well: bool) -> Circuit:
    """The circuit after a call that was let through."""
    if circuit.pause_s:
        if now < circuit.opened + circuit.pause_s:
            return circuit
        return Circuit() if well else _opened(now, min(circuit.pause_s * 2, LONGEST_S))
    if well and circuit.spotless:
        return circuit
    recent = (circuit.recent + ("+" if well else "-"))[-WINDOW:]
    if len(recent) >= LEAST and recent.count("-") >= SHARE * len(recent) and not well:
        return _opened(now, PAUSE_S)
    return structs.replace(circuit, recent=recent)


def untried(circuit: Circuit, probe: float) -> Circuit:
    """The circuit after a call that was to try it until `probe`, and could not: another one may."""
    return structs.replace(circuit, probe=0.0) if circuit.probe == probe else circuit


def _opened(now: float, pause_s: float) -> Circuit:
    return Circuit(opened=now, pause_s=pause_s)
