"""A new process knows the kinds of all items, although a function imports only the modules that it uses."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

READ = """
import functions.{function}.app
from email_channels.aws.rows.table import Row
item = {{name: {{"S": "x"}} for name in ("pk", "sk")}} | {{"kind": {{"S": "{kind}"}}, "schema": {{"N": "1"}}}}
print(type(Row.from_raw_data(item)).__name__)
"""


def read(function: str, kind: str) -> str:
    """What a new process of a function prints when it reads an item of this kind."""
    script = READ.format(function=function, kind=kind)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("function", ["adhoc_send", "delivery", "events", "notify", "reconcile"])
def test_tombstone(function: str) -> None:
    """Who looks for a case may find that it was erased."""
    assert read(function, "tombstone") == "TombstoneRow\n"


def test_unknown_kind() -> None:
    """Only newer code knows the item: it stays an error, and the event is retried."""
    assert "an item has the unknown kind of_tomorrow" in read("notify", "of_tomorrow")
