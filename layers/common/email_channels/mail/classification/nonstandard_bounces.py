"""Reads the recipients of bounces that have no RFC 3464 report.

X-Failed-Recipients is read first, then the formats that flufl.bounce (Mailman's collection) knows, then the text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from email.message import Message
from itertools import takewhile
from typing import Final, NamedTuple

from email_channels.expressions import expression
from email_channels.mail.classification.bounce_texts import DELAY, GOES_ON_TRYING
from email_channels.mail.classification.delivery_reports import ADDRESS, STATUS, FailedRecipient, read_reports
from email_channels.mail.classification.returned_mail import without_copy
from email_channels.mail.limits import (
    MAX_BOUNCE_LINE,
    MAX_BOUNCE_LINES,
    MAX_BOUNCE_TEXT,
    MAX_REPORT_BYTES,
    MAX_REPORT_RECIPIENTS,
)
from email_channels.mail.message import InboundMessage

_RECIPIENT_HEADERS: Final = ("x-failed-recipients", "x-failed-recipient", "x-mailer-daemon-recipients")

_REPLY_CODE: Final = expression(r"(?<![\d.])([45])\d\d(?:[\s-]|$)")
"""A reply code of SMTP (RFC 5321, section 4.2); its class is group 1."""

# An address alone on its line. If flufl.bounce finds one such address, the others belong to the same list.
_ALONE: Final = expression(rf"^[ \t]{{0,20}}[\"'<]?({ADDRESS.pattern})[>\"']?:?[ \t]{{0,20}}$", re.MULTILINE)
# The address from which the failed address was generated or expanded. It is not a second failure.
_CAME_FROM: Final = expression(r"\((?:generated|expanded) (?:from|by):? {0,3}<?([^\s<>()]{3,320}?)>?\)", re.IGNORECASE)

# Subjects that say that the delivery has ended. What a mail server gives up at last often has a temporary code.
_FINAL: Final = expression(r"\(failure\)|\bfail(?:ed|ure)\b|\bundeliver|\breturned\b", re.IGNORECASE)
# What qmail writes in English even if the rest is translated.
_GAVE_UP: Final = expression(r"not going to try again|in the queue too long|\bgiving up on\b", re.IGNORECASE)
# Refused emails are not retried, although flufl.bounce reports some refusals of filters as temporary.
_REFUSED: Final = expression(r"\b(?:blocked|rejected|refused|denied) ", re.IGNORECASE)
# Fields of a report that has another content type, or that is in the text.
_REPORT_LINES: Final = expression(
    r"^(?:reporting-mta|final-recipient|original-recipient)[ \t]{0,5}:", re.IGNORECASE | re.MULTILINE
)
_BLANK_LINES: Final = expression(r"\n{3,}+")
_LONGEST_ABOVE: Final = 400
_END_OF_REASON: Final = expression(r"\n[^\S\n]*+\n[^\S\n]*+\n")
_SPACES: Final = expression(r"\s+")
_TOP: Final = 2_000
"""Characters at the top of a bounce, where a server says that it goes on trying."""
_REASON_WITHIN: Final = 600
_LONGEST_REASON: Final = 500
_MAIL_SYSTEM: Final = expression(
    r"^(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon|mdaemon|noreply|no-reply|bounce)", re.IGNORECASE
)


class _Named(NamedTuple):
    """The addresses that a bounce names, and those among them (in lower case) whose email is delayed."""

    addresses: list[str]
    delayed: set[str]


def recipients_without_report(message: InboundMessage, original: set[str]) -> tuple[FailedRecipient, ...]:
    """The recipients that a bounce names. `original` holds the recipients of the returned email, in lower case."""
    text = (message.text or "")[:MAX_BOUNCE_TEXT]
    if reported := read_reports(_mistyped_reports(message, text), original):
        return reported
    report = without_copy(text)
    named = _named(message, report)
    addresses = named.addresses or _addresses_in_text(message, report, original)
    addresses = addresses or _addresses_in_text(message, text, original)
    addresses = _without_repetitions(_without_origins(addresses, report, original))[:MAX_REPORT_RECIPIENTS]
    described = _Report(
        report,
        addresses,
        delayed=DELAY.search(message.subject) is not None,
        final=_GAVE_UP.search(report) is not None
        or (_FINAL.search(message.subject) is not None and DELAY.search(report) is None),
        waiting=named.delayed,
    )
    return tuple(described.recipient(address) for address in addresses)


class _Report:
    """The text of a bounce without a report, and the addresses that it names."""

    def __init__(self, text: str, addresses: list[str], *, delayed: bool, final: bool, waiting: set[str]) -> None:
        """`delayed`: the subject says that the email is delayed. `final`: the text says that the server gave up; or the
        subject says that the delivery failed, and the text names no delay. `waiting`: the addresses (in lower case)
        whose email is delayed, as flufl.bounce says.
        """
        self._text = text
        self._lower = text.lower()
        self._addresses = frozenset(address.lower() for address in addresses)
        self._only_one = len(addresses) == 1
        self._delayed = delayed
        self._final = final
        self._waiting = waiting
        self._tries_again = GOES_ON_TRYING.search(_SPACES.sub(" ", text[:_TOP])) is not None

    def recipient(self, address: str) -> FailedRecipient:
        """One recipient, with what the text says near its address."""
        diagnostic = self._near(address.lower())
        # If there is only one recipient, the code may also be before the address.
        match = STATUS.search(diagnostic) or (STATUS.search(self._text) if self._only_one else None)
        status = match[1] if match else ""
        code = _REPLY_CODE.search(diagnostic)
        code_class = status[0] if status else (code[1] if code else "")
        waits = address.lower() in self._waiting and not _REFUSED.search(diagnostic)
        late = self._delayed or (code_class == "4" and not self._final) or waits
        late = late or (not code_class and self._tries_again)
        return FailedRecipient(address, "delayed" if late else "failed", status, diagnostic)

    def _near(self, address: str) -> str:
        """What follows an address, on one line, at most 500 characters: servers write the reason there."""
        at = self._lower.find(address)
        if at < 0:
            return ""
        start = at + len(address)
        around = self._text[start : start + _REASON_WITHIN].strip("<>: \t\r\n\"'")
        reason = _END_OF_REASON.split(around, maxsplit=1)[0]
        first, *lines = reason.split("\n")
        if not self._begins_with_another(first, address):  # otherwise it is a list, and the reasons are below it
            reason = "\n".join((first, *takewhile(lambda line: not self._begins_with_another(line, address), lines)))
        return _SPACES.sub(" ", reason).strip()[:_LONGEST_REASON]

    def _begins_with_another(self, line: str, address: str) -> bool:
        """Whether a line begins with another one of the addresses: the reason for that one follows."""
        found = ADDRESS.match(line.lstrip(" \t<\"'").lower())
        return found is not None and found[0] != address and found[0] in self._addresses


def _mistyped_reports(message: InboundMessage, text: str) -> Iterator[bytes]:
    """RFC 3464 fields in the text, and in attachments of other types ("details.txt"): each from its first field on."""
    if begins := _REPORT_LINES.search(text):
        yield text[begins.start() :].encode("utf-8", "replace")
    for part in message.attachments:
        if part.content_type.startswith("text/") or part.content_type == "application/octet-stream":
            attached = part.content[:MAX_REPORT_BYTES].decode("utf-8", "replace")
            if begins := _REPORT_LINES.search(attached):
                yield attached[begins.start() :].encode("utf-8", "replace")


def _named(message: InboundMessage, report: str) -> _Named:
    """The addresses in the headers for failed recipients; else those of flufl.bounce, with the rest of their list."""
    listed = [
        address
        for name in _RECIPIENT_HEADERS
        for value in message.all_headers(name)
        for address in ADDRESS.findall(value)
    ]
    if listed:
        return _Named(listed, set())
    delayed, failed = _known_formats(message, report)
    lower = report.lower()
    found = sorted([*failed, *delayed], key=lambda address: lower.find(address.lower()))  # they come without an order
    return _Named([*found, *_rest_of_list(message, report, found)], {address.lower() for address in delayed})


def _rest_of_list(message: InboundMessage, report: str, found: list[str]) -> list[str]:
    """All addresses that are alone on their line, if one of `found` is alone on its line."""
    alone = [match[1] for match in _ALONE.finditer(report)]
    if {address.lower() for address in found}.isdisjoint(address.lower() for address in alone):
        return []
    own = _receivers(message)
    return [address for address in alone if address.lower() not in own and not _MAIL_SYSTEM.match(address)]


def _receivers(message: InboundMessage) -> set[str]:
    """The recipients of the bounce itself, in lower case."""
    return {address.address.lower() for address in (*message.to, *message.cc)}


def _known_formats(message: InboundMessage, report: str) -> tuple[list[str], list[str]]:
    """What flufl.bounce finds in the report: the addresses of delayed emails, and those of failed emails."""
    from flufl.bounce import all_failures  # imported late: few emails are bounces without a report

    rebuilt = _rebuilt(message, report)
    # It logs what it cannot read, including addresses.
    logging.getLogger("flufl.bounce").disabled = True
    try:
        temporary, permanent = all_failures(rebuilt)
    except Exception:  # noqa: BLE001  # its detectors expect well-formed mail; ours may be malformed
        return [], []
    return _texts(temporary), _texts(permanent)


def _rebuilt(message: InboundMessage, report: str) -> Message:
    """The message in the form that flufl.bounce needs: the fields and the text that its detectors read, in ASCII.

    The text is the `report`, without the copy of the returned email. Several blank lines become one.
    """
    rebuilt = Message()
    rebuilt["From"] = message.from_.address if message.from_ and message.from_.address.isascii() else "unknown@invalid"
    for name, value in message.headers:
        if name.lower() in ("to", "subject", "x-mailer", "x-failed-recipients"):
            rebuilt[name] = value.encode("ascii", "replace").decode("ascii")
    rebuilt["Content-Type"] = "text/plain"
    # Its detectors try each pattern on each line. The time is quadratic in the length of the line.
    lines = _BLANK_LINES.sub("\n\n", report).split("\n", MAX_BOUNCE_LINES)[:MAX_BOUNCE_LINES]
    rebuilt.set_payload("\n".join(line[:MAX_BOUNCE_LINE] for line in lines).encode("ascii", "replace").decode("ascii"))
    return rebuilt


def _texts(addresses: object) -> list[str]:
    """The addresses of flufl.bounce, which are a set of bytes, as sorted texts."""
    found = (
        [address.decode("ascii", "replace") for address in addresses if isinstance(address, bytes)]
        if isinstance(addresses, (set, frozenset))
        else []
    )
    return sorted(match[0] for address in found if (match := ADDRESS.search(address)))


def _addresses_in_text(message: InboundMessage, report: str, original: set[str]) -> list[str]:
    """Addresses in the report: recipients of the returned email; else those that begin a line; else the first one; else
    the only recipient of the returned email; else the sender of the report."""
    own = _receivers(message)
    if message.from_ is not None:
        own.add(message.from_.address.lower())
    found = list(dict.fromkeys(address.rstrip(".") for address in ADDRESS.findall(report)))
    found = [address for address in found if address.lower() not in own and not _MAIL_SYSTEM.match(address)]
    if known := [address for address in found if address.lower() in original]:
        return known
    if first_on_line := [address for address in found if _begins_a_line(address, report)]:
        return first_on_line
    if found:
        return found[:1]
    if len(original) == 1:
        return sorted(original)
    # Gateways of carriers write from the address that does not exist.
    sender = message.from_.address if message.from_ is not None else ""
    return [sender] if "@" in sender and not _MAIL_SYSTEM.match(sender) and sender.lower() in report.lower() else []


def _begins_a_line(address: str, report: str) -> bool:
    pattern = rf"(?:^|\n)[ \t>]{{0,20}}(?:to:?\s{{0,3}})?[<\"'(]?{re.escape(address)}[>\"')]?"
    return re.search(pattern, report, re.IGNORECASE) is not None


def _without_repetitions(addresses: list[str]) -> list[str]:
    """Each address once, in any case, in the order of the list."""
    return list({address.lower(): address for address in reversed(addresses)}.values())[::-1]


def _without_origins(addresses: list[str], report: str, original: set[str]) -> list[str]:
    """`addresses` without those from which another failed address was generated; all of them if no other is left."""
    origins: set[str] = set()
    for found in _CAME_FROM.finditer(report):
        above = report[max(0, found.start() - _LONGEST_ABOVE) : found.start()].rstrip().rstrip(">:").lower()
        if not above.endswith(found[1].lower()):  # cPanel says of an address that it was generated from itself
            origins.add(found[1].lower())
    origins -= original
    return [address for address in addresses if address.lower() not in origins] or addresses
