"""A stand-in for the SES client. It keeps the sent messages, and raises the faults that a test gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass(frozen=True)
class SentMessage:
    """The parameters of one send."""

    raw: bytes
    source: str
    destinations: list[str]
    tags: dict[str, str]

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)


@dataclass
class SesStandIn:
    """Each send raises the next of `faults`. It succeeds if the next one is None, or if no fault is left."""

    faults: list[Exception | None] = field(default_factory=list)
    sent: list[SentMessage] = field(default_factory=list)

    def __call__(self, message: bytes, *, source: str, destinations: Sequence[str], tags: Mapping[str, str]) -> str:
        """Keeps the message, and returns its SES id: `ses-1` for the first one."""
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.sent.append(SentMessage(message, source, list(destinations), dict(tags)))
        return f"ses-{len(self.sent)}"

    def of(self, kind: str) -> list[SentMessage]:
        """The sent messages of one kind (an `OutgoingKind`)."""
        return [each for each in self.sent if each.tags["kind"] == kind]
