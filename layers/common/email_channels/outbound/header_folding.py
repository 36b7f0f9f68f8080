"""How the messages that we write are turned into bytes."""

from __future__ import annotations

from collections.abc import Iterable
from email.policy import EmailPolicy
from typing import Any

_THREADING = {"in-reply-to", "references"}


class OutboundPolicy(EmailPolicy):
    """Python's SMTP policy, but for Message-IDs: that one turns ids longer than a line into encoded words, after which
    no mail program knows them (RFC 2047, section 5, forbids it). Here they are folded between ids only.
    """

    def fold(self, name: str, value: Any) -> str:
        """The header field as text, folded."""
        if name.lower() in _THREADING:
            return f"{name}: {self.linesep.join(_indented(str(value).split()))}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header field as bytes, folded."""
        if name.lower() in _THREADING:
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


OUTBOUND = OutboundPolicy(linesep="\r\n", raise_on_defect=False)


def message_id_list(message_ids: Iterable[str]) -> str:
    """Message-IDs (without angle brackets) as `In-Reply-To` and `References` hold them (RFC 5322, section 3.6.4).

    Ids that could break the header (white space, brackets, other than printable ASCII) are left out.
    """
    return " ".join(
        f"<{message_id}>"
        for message_id in message_ids
        if message_id.isascii() and message_id.isprintable() and not set(message_id) & set(" <>") and message_id
    )


def _indented(ids: list[str]) -> list[str]:
    return [word if n == 0 else f" {word}" for n, word in enumerate(ids)]
