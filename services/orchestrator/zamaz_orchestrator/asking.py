"""Calls that are paid: announced before they are made, and taken over only from a process that is gone.

So none is off the bill, whoever is killed, and none is bought twice while its asker lives. Rungs that send no bill are
asked without a word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from zamaz.definition.models import ProviderSpec
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import RulingDiscarded, RungAsked
from zamaz.log import Log
from zamaz.service.delivery import Delivery, GiveBack
from zamaz.service.folds import Folds
from zamaz_orchestrator.debate import Debate, last_asked, open_ruling, under_way
from zamaz_orchestrator.ladder import Announce, Left
from zamaz_orchestrator.port import Inquiry, tokens_of

LOOK_AGAIN_S = 1.5


async def everybody_lives(_by: str) -> bool:
    """Where nobody looks, nobody is taken for gone."""
    return False


class Asking:
    """The paid calls of this process `by`; `gone` tells whether another one has ended. Which providers send bills,
    stands in models.yaml: one that is not known there may."""

    def __init__(
        self,
        log: Log,
        folds: Folds[Debate],
        by: str,
        gone: Callable[[str], Awaitable[bool]],
        providers: Mapping[str, ProviderSpec],
    ) -> None:
        self._log, self._folds, self._by, self._gone, self._providers = log, folds, by, gone, providers

    def is_paid(self, rung: RungSetting) -> bool:
        """Whether somebody sends a bill for it."""
        spec = self._providers.get(rung.provider)
        return bool(rung.provider) and (spec is None or spec.billing == "paid")

    def of(self, debate_id: str, ruling: str, *, after: int = 0, shadow: bool = False) -> Announce:
        """What announces the calls for one ruling. Those up to number `after` were looked at: whoever made them is
        gone."""

        async def announce(rung: RungSetting, inquiries: Sequence[Inquiry]) -> str:
            if not self.is_paid(rung):
                return ""
            debate = (await self._folds.upto(debate_id, 0)).state
            if not shadow:
                self._raise_if_left(debate, ruling, after)
            call = f"{ruling}-asked-{last_asked(debate, ruling) + 1}"
            said = await self._log.append(debate_id, self._asked(call, ruling, rung, inquiries, shadow=shadow))
            if not said.ours:
                raise Left(f"{call} was taken already")
            return call

        return announce

    def _raise_if_left(self, debate: Debate, ruling: str, after: int) -> None:
        if open_ruling(debate, ruling, datetime.now(UTC)) is None:
            raise Left("nobody waits for the ruling any more")
        others = (one for one in debate.asked.get(ruling, ())[after:] if one.by != self._by and not one.shadow)
        if other := next(others, None):
            raise Left(f"{other.by} makes it")

    def _asked(
        self, call: str, ruling: str, rung: RungSetting, inquiries: Sequence[Inquiry], *, shadow: bool
    ) -> RungAsked:
        prompts = [one.prompt.encode() for one in inquiries]
        return RungAsked(
            call=call,
            ruling=ruling,
            by=self._by,
            rung=rung.rung,
            provider=rung.provider,
            model=rung.model,
            prompt_digest=hashlib.sha256(b"".join(prompts)).hexdigest(),
            max_output_tokens=sum(one.max_tokens for one in inquiries),
            prompt_bytes=sum(map(len, prompts)),
            shadow=shadow,
        )

    async def may_rule(self, debate: Debate, ruling: str, delivery: Delivery) -> None:
        """Raises GiveBack while a paid call for the ruling is under way in another process: only a redelivery may take
        over, and only from one that lives no more."""
        standing = under_way(debate, ruling)
        if standing is None or standing.by == self._by:
            return
        if delivery.tries < 2 or not await self._gone(standing.by):
            raise GiveBack(LOOK_AGAIN_S, f"{standing.call} is under way in {standing.by}")

    async def cleared(self, debate_id: str, debate: Debate, ruling: str, delivery: Delivery) -> list[str]:
        """A ruling that nobody waits for any more: a call for it by a process that is gone was paid for all that is
        known, and nobody else will say so."""
        lost = under_way(debate, ruling)
        if lost is None:
            return []
        await self.may_rule(debate, ruling, delivery)
        await self._log.append(debate_id, lost_call(lost), because=delivery.id)
        return [RulingDiscarded.__name__]


def lost_call(lost: RungAsked) -> RulingDiscarded:
    """A call whose answer will never come: it counts as what it may have cost at worst."""
    return RulingDiscarded(
        discard=lost.call,
        ruling=lost.ruling,
        rung=lost.rung,
        provider=lost.provider,
        model=lost.model,
        usage=Usage(input=tokens_of(lost.prompt_bytes), output=lost.max_output_tokens, estimated=True),
        call=lost.call,
    )
