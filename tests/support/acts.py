"""Acts of a person, for tests that call stores directly."""

from datetime import UTC, datetime

from email_channels.cases.audit.records import Act, begin_act

AT = datetime(2026, 11, 2, 8, 15, tzinfo=UTC)


def an_act(actor: str = "admin-1") -> Act:
    """A new act, whose record is kept for two years."""
    return begin_act(actor, AT, 730)
