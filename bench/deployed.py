"""The layer as it is deployed, and the bill."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from bench.cost.bill import bill
from bench.cost.drivers import email_of_the_mix
from bench.cost.prices import read_prices
from bench.cost.stack import fixed
from bench.figures import Figure
from tools.check_build import LARGEST_LAYER, LAYER, ROOT, zipped_size

PART: Final = "cost"

BUILD: Final = ("make", "--silent", "build", "ARGS=")
"""Without the arguments of `make bench`, which a make that it starts would inherit."""

_EMAILS: Final = 1_000_000
_WANTED: Final = {1: 25, 24: 60}
"""Everything but SES in per cent of SES's fees, in the first month and after two years."""


def figures() -> Iterator[Figure]:
    """Builds the layer, to weigh it. Its size is left out where it cannot be built."""
    if subprocess.run(BUILD, cwd=ROOT, stdout=sys.stderr, check=False).returncode == 0:
        yield Figure(PART, "layer, zipped", zipped_size(LAYER) / 1e6, "MB", LARGEST_LAYER / 1e6)
    yield from bill_figures()


def bill_figures() -> Iterator[Figure]:
    """The share of SES's fees."""
    months = bill(email_of_the_mix(), _EMAILS, max(_WANTED), fixed(), read_prices())
    for number, wanted in _WANTED.items():
        month = months[number - 1]
        name = f"all but SES, month {number}, a million emails a month"
        yield Figure(PART, name, month.share * 100, "% of SES", wanted, month.of_ses, "dollars")
