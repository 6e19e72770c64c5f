"""Every error that the library raises, as one tree under `ZamazError`.

What is expected to happen in a debate is a fact; an exception stands for what should not.
"""

from __future__ import annotations

__all__ = [
    "AlreadyOver",
    "AlreadyRequested",
    "Busy",
    "Conflict",
    "DebateCancelledError",
    "DebateEndedError",
    "DebateFailedError",
    "DebateRejectedError",
    "DefinitionError",
    "ForkRefused",
    "Gone",
    "InvalidNameError",
    "LogError",
    "LogForbidden",
    "LogFull",
    "LogRefused",
    "LogUnavailable",
    "NotAdmitted",
    "NotProvisioned",
    "RecordRefused",
    "Refused",
    "ServerUnreachable",
    "StaleRead",
    "TemplateMissing",
    "ZamazError",
    "words",
]


def words(error: BaseException) -> str:
    """What an error says, or its type where it says nothing."""
    return str(error) or type(error).__name__


class ZamazError(Exception):
    """The root: catch this to catch all that the library raises on purpose."""


class InvalidNameError(ZamazError):
    """A subject or one of its tokens does not follow `[A-Za-z0-9_-]{1,64}`."""


class ServerUnreachable(ZamazError):
    """No NATS server answers at the address that was given."""


class NotAdmitted(ServerUnreachable):
    """A NATS server is there and does not let us do what we came for: the key is refused, is none, or may not."""


class NotProvisioned(ZamazError):
    """A stream or a consumer is missing or differs from the table; `zamaz init` makes it."""


class LogError(ZamazError):
    """The log could not be read or written."""


class LogUnavailable(LogError):
    """The server did not answer in time, and reading back did not settle what stands."""


class LogFull(LogUnavailable):
    """The log takes nothing more until an operator gives it room; nothing that stands is lost."""


class LogForbidden(LogUnavailable):
    """The server's permissions do not let this key say it; once an operator allows it, trying again helps."""


class LogRefused(LogError):
    """The server refused an append for a reason that trying again cannot change."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{description} (err_code {code})")
        self.code = code


class Conflict(LogError):
    """Another writer of the same voice was faster: fold again."""


class StaleRead(LogError):
    """A read stopped short of a sequence that is known to stand in the log."""


class Busy(LogError):
    """A debate kept changing while it was being decided; the delivery is given back."""


class TemplateMissing(ZamazError):
    """A debate names a prompt template that the log does not hold."""


class AlreadyRequested(ZamazError):
    """Another request stands under this debate's id; it is the one that counts."""


class RecordRefused(ZamazError):
    """What was to be imported is no record of a debate, or has no place in the log."""


class AlreadyOver(ZamazError):
    """The debate has ended: there is nothing left to pause, to resume or to wait for."""


class Gone(ZamazError):
    """The debate was erased or archived: there is nothing to decide, and nothing to say."""


class ForkRefused(ZamazError):
    """A debate cannot be forked there, or not with these changes. Its text says why, and what can be done."""


class Refused(ZamazError):
    """What was asked of a debate that runs cannot be done (RequestRefused)."""


class DefinitionError(ZamazError):
    """A definition file is wrong.

    `file` and `line` (1-based, 0 when unknown) say where, `key` which entry, `hint` what was likely meant.
    """

    def __init__(self, file: str, line: int, key: str, problem: str, hint: str = "") -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {key}: {problem}" + (f" ({hint})" if hint else ""))
        self.file, self.line, self.key, self.problem, self.hint = file, line, key, problem, hint


class DebateEndedError(ZamazError):
    """A debate ended without a decision. `reason` is the fact's own word for why."""

    def __init__(self, debate: str, reason: str, why: str) -> None:
        super().__init__(f"debate {debate}: {reason}: {why}")
        self.debate, self.reason, self.why = debate, reason, why


class DebateRejectedError(DebateEndedError):
    """The request could not become a debate (DebateRejected)."""


class DebateFailedError(DebateEndedError):
    """The debate could not reach a decision (DebateFailed)."""


class DebateCancelledError(DebateEndedError):
    """Somebody aborted the debate (DebateCancelled)."""
