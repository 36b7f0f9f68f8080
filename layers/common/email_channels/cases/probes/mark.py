"""The mark of a probe: it names the mailbox (as a hash) and the time, and is signed.

It stands in a header of its own, and in References, because some gateways remove headers that they do not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from email_channels.cases.mailboxes import mailbox_id
from email_channels.cases.references import SignedReference, SigningKeys, signature
from email_channels.expressions import expression
from email_channels.values import dataclass

PROBE_HEADER = "X-Email-Channels-Probe"

_MARK = expression(r"(?P<text>probe\.(?P<mailbox>[0-9a-f]{32})\.(?P<at>[0-9]{1,15}))\.(?P<signature>[0-9a-z]{6})")


@dataclass(frozen=True, slots=True)
class ProbeMark:
    """The mailbox that a probe was sent to (`mailbox_id`), and when, in whole milliseconds."""

    mailbox_key: str
    sent_at: datetime


def probe_mark(mailbox: str, sent_at: datetime, keys: SigningKeys) -> str:
    """The mark of a probe."""
    text = f"probe.{mailbox_id(mailbox)}.{round(sent_at.timestamp() * 1000)}"
    return f"{text}.{signature(text, keys.current)}"


def read_probe_mark(texts: Iterable[str], genuine: Callable[[SignedReference], bool]) -> ProbeMark | None:
    """The first of these texts (a header, the local parts of References) that is a mark which we signed."""
    for text in texts:
        read = _MARK.fullmatch(text.strip())
        if read is not None and genuine(SignedReference(read["text"], read["signature"])):
            return ProbeMark(read["mailbox"], datetime.fromtimestamp(int(read["at"]) / 1000, UTC))
    return None
