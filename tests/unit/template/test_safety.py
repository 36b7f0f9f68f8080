"""Every property of the template is as the table of safety properties says (tests/support/safety/expected)."""

from tests.support.safety.table import ROWS, TABLE
from tests.support.template import source


def test_table() -> None:
    """No property differs from its row, and none is without a row."""
    findings = TABLE.findings(source())
    assert not findings, f"{len(findings)} findings:\n\n" + "\n\n".join(findings)


def test_reasons() -> None:
    """Each row says why."""
    assert [row for rows in ROWS.values() for row in rows if len(row.why.split()) < 3] == []
