"""The emails that the emulated SES has sent, as their recipients would get them, newest last."""

import base64
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SentMail:
    """One accepted send. Addresses are bare; `raw` is the message on the wire, without Bcc."""

    id: str  # SES's message id
    from_: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    sent_at: str  # RFC 3339, UTC
    raw: bytes

    def summary(self) -> dict[str, Any]:
        """The item of `GET /local/outbox`."""
        return {
            "id": self.id,
            "from": self.from_,
            "to": list(self.to),
            "cc": list(self.cc),
            "bcc": list(self.bcc),
            "subject": self.subject,
            "sent_at": self.sent_at,
        }


class Outbox:
    """Every email that SES has accepted, in order. Thread-safe."""

    def __init__(self) -> None:
        self._mails: dict[str, SentMail] = {}
        self._lock = threading.Lock()

    def add(self, mail: SentMail) -> None:
        """Appends an email. A message that is sent twice becomes two items, because SES gives each send its own id."""
        with self._lock:
            self._mails[mail.id] = mail

    def items(self) -> list[dict[str, Any]]:
        """The items of `GET /local/outbox`, newest last."""
        with self._lock:
            return [mail.summary() for mail in self._mails.values()]

    def raw(self, id_: str) -> bytes | None:
        """The message as a recipient would get it. None if the id is unknown."""
        with self._lock:
            mail = self._mails.get(id_)
        return mail.raw if mail else None

    def dump(self) -> list[dict[str, Any]]:
        """Everything, in a form that JSON can hold. `load` reads it."""
        with self._lock:
            mails = list(self._mails.values())
        return [mail.summary() | {"raw": base64.b64encode(mail.raw).decode("ascii")} for mail in mails]

    def load(self, dumped: Iterable[dict[str, Any]]) -> None:
        """Replaces everything by what `dump` returned."""
        mails = [
            SentMail(
                id=row["id"],
                from_=row["from"],
                to=tuple(row["to"]),
                cc=tuple(row["cc"]),
                bcc=tuple(row["bcc"]),
                subject=row["subject"],
                sent_at=row["sent_at"],
                raw=base64.b64decode(row["raw"]),
            )
            for row in dumped
        ]
        with self._lock:
            self._mails = {mail.id: mail for mail in mails}
