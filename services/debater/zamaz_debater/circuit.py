"""A provider's circuit: after failures in a row nobody calls it for a while, then one call tries whether it is back."""

from __future__ import annotations

import msgspec

from zamaz.definition.models import CircuitSpec
from zamaz.events.debater import ArgumentPresented, FailureKind, TurnFailed

TROUBLE: frozenset[FailureKind] = frozenset({"provider_error", "unreachable", "timeout", "rate_limited"})
"""Failures of the provider, and not of what was asked of it."""
SILENT: frozenset[FailureKind] = frozenset(
    {"cancelled", "internal", "not_configured", "context_too_large", "circuit_open"}
)
"""Failures that say nothing about the provider."""
MOST_DOUBLED = 16
PROBE_S = 30.0
"""So long one call alone tries; then another one may, should its debater be gone."""
_AGAIN_S = 1.0


class Circuit(msgspec.Struct, frozen=True):
    """`failures` in a row; opened `times` because of them since it last worked, at last `until` (seconds since 1970;
    0: it is closed). Then the call `probe` tries, until `probes_until` at most."""

    failures: int = 0
    times: int = 0
    until: float = 0.0
    probe: str = ""
    probes_until: float = 0.0


def admit(circuit: Circuit, call: str, now: float) -> tuple[Circuit, float]:
    """The circuit when a call wants to be made, and the seconds after which it may ask again (0: it may be made)."""
    if not circuit.until:
        return circuit, 0.0
    if now < circuit.until:
        return circuit, circuit.until - now
    if circuit.probe not in ("", call) and now < circuit.probes_until:
        return circuit, _AGAIN_S
    return msgspec.structs.replace(circuit, probe=call, probes_until=now + PROBE_S), 0.0


def ended(
    circuit: Circuit, made: ArgumentPresented | TurnFailed, spec: CircuitSpec, now: float, *, unclear: bool = False
) -> Circuit:
    """The circuit after a call. Whatever a provider answers, be it a no, shows that it works, and an `unclear` failure
    says nothing about it. Only failures in a row make its pauses longer: a wait that it names itself is no step of
    that, nor is a try in vain after such a one."""
    tried = circuit.probe == made.call
    if isinstance(made, TurnFailed) and (unclear or made.kind in SILENT):
        return msgspec.structs.replace(circuit, probe="") if tried else circuit
    if not isinstance(made, TurnFailed) or made.kind not in TROUBLE:
        return Circuit()
    failures = circuit.failures + 1
    if made.kind == "rate_limited" and made.retry_after_s:
        return Circuit(failures, circuit.times, max(circuit.until, now + min(spec.longest, made.retry_after_s)))
    in_a_row = failures >= spec.failures
    if not (tried or (in_a_row and not circuit.until)):
        return msgspec.structs.replace(circuit, failures=failures)
    until = max(circuit.until, now + min(spec.longest, spec.pause * 2**circuit.times))
    return Circuit(failures, min(circuit.times + in_a_row, MOST_DOUBLED), until)
