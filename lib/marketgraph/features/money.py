"""Amounts in more than one currency: refused, added up as they are, or converted, as conf/features.yml declares."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.errors import SourceError
from marketgraph.features.rules import CurrencyRule

DEFAULT = CurrencyRule()


@dataclass(frozen=True)
class Money:
    """How an amount of an order becomes one that can be added to others."""

    rule: CurrencyRule = DEFAULT

    def converted(self, amount: str) -> Column:
        """The amount in the base currency, rounded to four decimals; as it is unless the policy is `convert`.

        An order without a currency is taken to be of the base. Of a currency without a factor the amount is null.
        """
        if self.rule.policy != "convert":
            return F.col(amount)
        factors = "".join(
            f" when {_quoted(name)} then {factor:f}BD" for name, factor in sorted(self.rule.to_base.items())
        )
        currency = f"coalesce(currency, {_quoted(self.rule.base)})"
        factor = f"case {currency} when {_quoted(self.rule.base)} then 1BD{factors} end"
        return F.expr(f"cast(round({amount} * {factor}, 4) as decimal(18,4))")


def orders_by_currency(orders: DataFrame) -> dict[str, int]:
    """Number of orders by currency, the most frequent first; those without one are left out. A row per currency."""
    rows = orders.where("currency is not null").groupBy("currency").count().collect()
    return dict(sorted(((r["currency"], r["count"]) for r in rows), key=lambda told: (-told[1], told[0])))


def judged(found: dict[str, int], rule: CurrencyRule) -> list[str]:
    """What to say of the currencies found. found: as `orders_by_currency` gives it.

    Raises SourceError where they are more than one and the policy is `refuse`, or `convert` without a factor for each.
    """
    told = ", ".join(f"{currency} in {orders:,} orders" for currency, orders in found.items())
    if rule.policy == "convert":
        missing = [currency for currency in found if currency not in (rule.base, *rule.to_base)]
        if missing:
            raise SourceError(
                f"sources.orders: no factor to {rule.base} for {', '.join(missing)} ({told})",
                fix="give one unit of each in features.currency.to_base (conf/features.yml)",
            )
        foreign = sum(orders for currency, orders in found.items() if currency != rule.base)
        return [f"amounts of {foreign:,} orders are converted to {rule.base}: {told}"] if foreign else []
    if len(found) < 2:
        return []
    if rule.policy == "refuse":
        raise SourceError(
            f"sources.orders: amounts in more than one currency can't be added up: {told}",
            fix="declare features.currency in conf/features.yml: policy convert with a factor for each, or ignore",
        )
    return [f"amounts in more than one currency are added up as they are (policy ignore): {told}"]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
