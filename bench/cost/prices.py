"""AWS's list prices, from `prices.json`, which says when they were read and where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("prices.json")


@dataclass(frozen=True, slots=True)
class Prices:
    """`usd` has the price in dollars of one of each unit. The other fields say whose prices these are."""

    as_of: str
    region: str
    usd: dict[str, float]

    def of(self, unit: str, count: float) -> float:
        """The price of `count` units, in dollars. Raises KeyError for an unknown unit."""
        return self.usd[unit] * count


def read_prices(path: Path = FILE) -> Prices:
    """The prices in a file of this form: {"as_of", "region", "prices": {unit: {"usd", "per", "source"}}}."""
    written: dict[str, Any] = json.loads(path.read_text("utf-8"))
    usd = {unit: price["usd"] / price["per"] for unit, price in written["prices"].items()}
    return Prices(written["as_of"], written["region"], usd)
