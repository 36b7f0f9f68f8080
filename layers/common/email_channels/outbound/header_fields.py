"""Writes header fields (RFC 5322). Text that is not ASCII becomes encoded words (RFC 2047).

Python's own generator is not used, because it has two faults. When it folds a long list of recipients, it removes the
quotes of display names, so that `"Doe, John"` becomes two recipients (Python up to 3.12). And it writes message ids
that are longer than a line as encoded words. RFC 2047, section 5, forbids this, and no mail program recognises them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.header import Header
from email.utils import quote

from email_channels.cases.outgoing import CONTROL
from email_channels.expressions import expression
from email_channels.mail.message import Address

MAX_REFERENCES = 20
"""The most message ids in References. Mail programs thread by the first and the last ones."""

MAX_REFERENCES_CHARACTERS = 998 - len("References:")
"""The most characters of References, with spaces and angle brackets.

The field is folded, so its lines are short. A server that unfolds it must still be able to pass it on: no line may be
longer than 998 characters (RFC 5322, section 2.1.1).
"""

# RFC 5322, section 2.1.1: a line should have at most 78 characters, and must have at most 998.
_MAX_LINE = 78
# RFC 2047, section 2: an encoded word has at most 75 characters. A line with one, with the field name, has at most 76.
_MAX_ENCODED_WORD = 60
_ATOMS = expression(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")
_MESSAGE_ID = expression(r"[!-;=?-~]{1,900}")
# A local part may be quoted (RFC 5322, section 3.4.1): `"jo doe"@acme.example`.
_ADDRESS = expression(r'(?:"(?:[^"\\]|\\.)+"@)?[^ <>,;"()]+')


def header_field(name: str, words: Sequence[str]) -> str:
    """One header field with its line end, folded between words; `""` if there are no words."""
    if not words:
        return ""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _MAX_LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"


def address_words(addresses: Sequence[Address]) -> list[str]:
    """The words of an address list, with commas. Raises ValueError for an address that a header cannot hold."""
    words: list[str] = []
    for address in addresses:
        if not is_writable(address.address):
            raise ValueError("a header cannot hold this address")
        words += [*_phrase(address.name), f"<{address.address}>"] if address.name else [address.address]
        words[-1] += ","
    if words:
        words[-1] = words[-1].removesuffix(",")
    return words


def text_words(text: str) -> list[str]:
    """The words of a text field such as Subject. Raises ValueError for a control character.

    The text becomes encoded words if it is not ASCII, looks like an encoded word, or has a word that is longer than a
    line.
    """
    check_no_controls(text)
    words = text.split(" ")
    if not text.isascii() or "=?" in text or "" in words or any(len(word) > _MAX_LINE for word in words):
        return _encoded_words(text)
    return words


def message_ids(ids: Iterable[str]) -> list[str]:
    """Message ids in angle brackets. Malformed ids from inbound emails, which a header cannot hold, are left out."""
    return [f"<{name}>" for name in ids if _MESSAGE_ID.fullmatch(name)]


def thread_references(thread: Iterable[str]) -> tuple[str, ...]:
    """The References of a reply. `thread` is the References of the answered email, then its own message id.

    A long thread keeps its first id and its last ones: MAX_REFERENCES ids of MAX_REFERENCES_CHARACTERS in all (RFC
    5322, section 3.6.4). The last id is that of the answered email. It stays even if the first one has no room.
    """
    ids = [name for name in dict.fromkeys(thread) if _MESSAGE_ID.fullmatch(name)]
    if not ids:
        return ()
    first, *others = ids
    kept: list[str] = []
    room = MAX_REFERENCES_CHARACTERS - _written(first)
    for name in reversed(others):
        if len(kept) == MAX_REFERENCES - 1 or (room := room - _written(name)) < 0:
            break
        kept.insert(0, name)
    return (first, *kept) if kept or not others else (others[-1],)


def is_writable(address: str) -> bool:
    """Whether a header can hold the address unchanged: ASCII, on one line, without characters that end an address."""
    return address.isascii() and not CONTROL.search(address) and _ADDRESS.fullmatch(address) is not None


def check_no_controls(text: str) -> None:
    """Raises ValueError for a line break or another control character. A line break could begin a new header field."""
    if CONTROL.search(text):
        raise ValueError("a line break or another control character in a header")


def _written(message_id: str) -> int:
    return len(f" <{message_id}>")


def _phrase(name: str) -> list[str]:
    """A display name as the words of a phrase (RFC 5322, section 3.2.5; RFC 2047, section 5)."""
    check_no_controls(name)
    if not name.isascii() or "=?" in name or len(name) > _MAX_LINE:
        return _encoded_words(name)
    return [name] if _ATOMS.fullmatch(name) and name == " ".join(name.split()) else [f'"{quote(name)}"']


def _encoded_words(text: str) -> list[str]:
    return Header(text, "utf-8", maxlinelen=_MAX_ENCODED_WORD).encode(linesep="\n").split()
