"""What stored debates cost: their participants' calls, and the orchestrator's rulings, at the prices of the table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from string import Template
from typing import NamedTuple

from zamaz.definition import Catalog
from zamaz.errors import ZamazError
from zamaz.events.debater import Usage
from zamaz_cost.prices import PriceTable
from zamaz_cost.pricing import amount_of

from bench.cost.debates import Debate
from bench.cost.rulings import ANSWERS, Ruling
from bench.cost.tokens import Count

BLOCK = '{"position": "Split it, payments first.", "verdict": "adopt", "on_others": {"A": "partly"}, "confidence": 0.7}'
"""The typed block that a live participant adds to its argument."""


class Spent(NamedTuple):
    """Tokens and dollars of some calls."""

    calls: int = 0
    input: int = 0
    output: int = 0
    usd: Decimal = Decimal(0)

    def plus(self, other: Spent) -> Spent:
        """Both together."""
        calls, tokens = self.calls + other.calls, (self.input + other.input, self.output + other.output)
        return Spent(calls, *tokens, self.usd + other.usd)


NOTHING = Spent()


@dataclass(frozen=True)
class Till:
    """Prices by alias of models.yaml. `at` is the day whose prices count."""

    catalog: Catalog
    table: PriceTable
    count: Count
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def call(self, alias: str, prompt: str, answer: str) -> Spent:
        """One call. Raises ZamazError for a model without a price."""
        spec = self.catalog.models.resolve(alias)
        if spec is None:
            raise ZamazError(f"models.yaml has no {alias!r}")
        used = Usage(input=self.count(prompt), output=self.count(answer))
        rates = self.table.rates(spec.provider, spec.model, used.input, self.at)
        if rates is None:
            raise ZamazError(f"no price is known for {spec.provider}/{spec.model}: write it into prices.yaml")
        return Spent(1, used.input, used.output, amount_of(used, rates))

    def rulings(self, judge: str, rulings: Sequence[Ruling]) -> Spent:
        """These rulings by one model."""
        return total([self.call(judge, one.prompt, ANSWERS[one.kind]) for one in rulings if one.prompt])

    def arguing(self, debate: Debate, seats: Sequence[str], rounds: int) -> Spent:
        """The participants' calls of the first `rounds`, and the deciding one: prompt templates with what each sees."""
        calls = [
            self.call(seats[place % len(seats)], self._prompt(debate, n, name), f"{text}\n{BLOCK}")
            for n in range(rounds)
            for place, (name, text) in enumerate(debate.rounds[n].items())
        ]
        said = debate.rounds[rounds - 1]
        longest = max(said.values(), key=len)
        final = self._filled("final_decision", debate, said, "")
        return total([*calls, self.call(seats[0], final, f"{longest}\n{BLOCK}")])

    def _prompt(self, debate: Debate, n: int, name: str) -> str:
        if n == 0:
            return self._filled("initial_arguments", debate, {}, "")
        before = debate.rounds[n - 1]
        others = {other: text for other, text in before.items() if other != name}
        return self._filled("counter_arguments", debate, others, before.get(name, ""))

    def _filled(self, template: str, debate: Debate, others: Mapping[str, str], own: str) -> str:
        told = "\n\n".join(f"<argument of={name}>\n{text}\n</argument>" for name, text in others.items())
        values = {"question": debate.question, "others": told, "own": own, "labels": ", ".join(others)}
        body = Template(self.catalog.prompts[template]).substitute(defaultdict(str, values))
        return f"{self.catalog.prompts['system']}\n{body}"


def total(spent: Sequence[Spent]) -> Spent:
    """All together."""
    found = NOTHING
    for one in spent:
        found = found.plus(one)
    return found
