"""HTTP trouble told as failures: by status and class, never by what a message says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from zamaz.events.debater import Usage
from zamaz_debater.providers.port import ProviderError
from zamaz_debater.settings import Access

LONGEST_WAIT_S = 3600.0
_SHOWN = 200


@dataclass(frozen=True)
class Asked:
    """Whom a call went to, for the words of a failure."""

    provider: str
    model: str
    key_env: str
    access: Access

    @property
    def place(self) -> str:
        """Where it is, as people know it."""
        return f"{self.provider} at {self.access.place}" if self.access.address else self.provider

    def shown(self, message: object) -> str:
        """A server's own words, short and without the key; "" when it said none, or no words."""
        if not isinstance(message, str):
            return ""
        words = " ".join(self.access.scrubbed(message).split())[:_SHOWN]
        return f": {words}" if words else ""


def not_configured(provider: str, access: Access) -> ProviderError:
    """The provider cannot be called from here."""
    return ProviderError("not_configured", f"{provider} cannot be called: {access.missing}", retryable=False)


def timed_out(asked: Asked, seconds: float) -> ProviderError:
    """No complete answer came in time."""
    return ProviderError("timeout", f"{asked.place} gave no complete answer within {seconds:.3g} s", retryable=True)


def unreachable(asked: Asked) -> ProviderError:
    """No connection, or one that broke."""
    why = f"{asked.place} cannot be reached, or the connection broke: check the address and that it runs"
    return ProviderError("unreachable", why, retryable=True)


def broke_off(asked: Asked, usage: Usage | None, why: str = "") -> ProviderError:
    """An answer that began well and ended with the provider's word that it cannot go on."""
    return ProviderError(
        "provider_error", f"{asked.place} broke its answer off{why}; it may pass", retryable=True, usage=usage
    )


def declined(asked: Asked, usage: Usage | None) -> ProviderError:
    """The model's own no."""
    return ProviderError(
        "refused", f"{asked.model} at {asked.provider} refused to answer", retryable=False, usage=usage
    )


def filtered(asked: Asked, usage: Usage | None) -> ProviderError:
    """The provider let the question or the answer not pass."""
    why = f"the content filter of {asked.provider} let {asked.model} not answer: ask in other words, or another model"
    return ProviderError("filtered", why, retryable=False, usage=usage)


def too_long(asked: Asked, status: int = 400) -> ProviderError:
    """The prompt and the answer do not fit into the model's context."""
    where = f"{asked.model} at {asked.provider}"
    why = f"the prompt is too long for {where} ({status}): show less of the debate (config.context)"
    return ProviderError("context_too_large", why, retryable=False)


def malformed(asked: Asked) -> ProviderError:
    """The body is not what the API promises."""
    why = f"{asked.place} sent a body that is no answer of its API: check that the address is the right one"
    return ProviderError("provider_error", why, retryable=True, unclear=True)


def refused(asked: Asked, status: int, headers: Mapping[str, str], message: object = "") -> ProviderError:
    """An HTTP status above 299. `message` is the server's own text and is shown only where it helps."""
    who, model = asked.place, asked.model
    wait = retry_after(headers.get("retry-after", ""), datetime.now(UTC))
    if status in (401, 403):
        check = f"check {asked.key_env}" if asked.key_env else "it wants a key, and models.yaml names none"
        return ProviderError("auth", f"{who} refused the key ({status}): {check}", retryable=False)
    if status == 402:
        return ProviderError("auth", f"{who} wants payment (402): check the account's credit", retryable=False)
    if status == 404:
        why = f"{who} does not know the model {model!r} (404): check its name in models.yaml"
        return ProviderError("not_found", why, retryable=False)
    if status == 413:
        return too_long(asked, status)
    if status == 429:
        why = f"{who} limits the rate (429): fewer calls at once, or a higher limit"
        return ProviderError("rate_limited", why, retryable=True, retry_after_s=wait)
    if status in (408, 504):
        why = f"{who} gave up waiting ({status})"
        return ProviderError("timeout", why, retryable=True, retry_after_s=wait)
    if status >= 500 or status < 100:
        why = f"{who} is in trouble ({status}); it may pass"
        return ProviderError("provider_error", why, retryable=True, retry_after_s=wait)
    if status < 400:
        why = f"{who} points elsewhere ({status}): check the address"
        return ProviderError("provider_error", why, retryable=False)
    why = f"{who} refused the request ({status}) for {model!r}{asked.shown(message)}"
    return ProviderError("bad_request", why, retryable=False)


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait out of a Retry-After header, which holds seconds or an HTTP date; None when neither."""
    value = value.strip()
    if value.replace(".", "", 1).isdecimal() and value.isascii():
        return min(float(value), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait.total_seconds(), 0.0), LONGEST_WAIT_S)
