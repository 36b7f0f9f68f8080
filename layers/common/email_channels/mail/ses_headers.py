"""The SES headers: envelope, verdicts and authentication, as SES itself wrote them on top of an inbound email.

SES adds a block of fields, from Return-Path down to X-SES-RECEIPT and X-SES-DKIM-SIGNATURE. Everything below the block
comes from the sender and proves nothing, even if a field has the same name. Nothing here raises.
The verdicts: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from email_channels.addresses import ascii_domain, domain_of
from email_channels.mail.limits import MAX_HEADER_BYTES
from email_channels.mail.organisational_domains import same_organisation


class Verdict(StrEnum):
    """The result of a check by SES. GRAY: SES is not sure. DISABLED: SES did not check."""

    PASS = "PASS"  # noqa: S105  # a verdict, not a password
    FAIL = "FAIL"
    GRAY = "GRAY"
    PROCESSING_FAILED = "PROCESSING_FAILED"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class SesHeaders:
    """The values of the block. `envelope_sender` is None if unknown, and "" for the null sender `<>` of bounces."""

    envelope_sender: str | None = None
    recipient: str | None = None
    received_at: datetime | None = None
    client_ip: str | None = None
    spam: Verdict = Verdict.DISABLED
    virus: Verdict = Verdict.DISABLED
    spf: Verdict = Verdict.DISABLED
    dkim: Verdict = Verdict.DISABLED
    dmarc: Verdict = Verdict.DISABLED
    dkim_domains: tuple[str, ...] = ()
    dmarc_domain: str | None = None

    def aligned(self, from_address: str) -> bool:
        """Whether the From address is proven: DMARC passed, or a DKIM signature passed and aligns with its domain.

        A signature aligns if its domain and the From domain have the same organisational domain (RFC 7489, section
        3.1.1, relaxed mode): `mail.example.org` can sign for `example.org`, but `a.github.io` cannot sign for
        `b.github.io`. The public suffix list defines the organisational domain. A domain that is itself a public suffix
        aligns only with itself.
        """
        domain = domain_of(from_address)
        if not domain:
            return False
        # If From can be read in two ways, DMARC may have passed for another domain than this one.
        if self.dmarc is Verdict.PASS and self.dmarc_domain in (None, domain):
            return True
        return any(same_organisation(domain, signer) for signer in self.dkim_domains)


# The fields of the block. X-SES-RECEIPT ends it; SES's own signature may follow.
_LAST_FIELD: Final = "x-ses-receipt"
_SIGNATURE: Final = "x-ses-dkim-signature"
_MAY_REPEAT: Final = "received-spf"
_FIELDS_OF_SES: Final = frozenset(
    [
        "return-path",
        "received",
        "x-ses-spam-verdict",
        "x-ses-virus-verdict",
        "received-spf",
        "authentication-results",
        "x-ses-receipt",
    ]
)
_MAX_FIELDS: Final = 50
_FIELD: Final = re.compile(r"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_ADDRESS: Final = re.compile(r"<([^<>]*)>")
# Clauses of Received.
_RECIPIENT: Final = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+?)>?\s*;")
_CLIENT_IP: Final = re.compile(r"^from\s+\S+\s+\((?:[^()\[\]]{0,255})\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\]\)")
# Clauses of Authentication-Results (RFC 8601).
_RESULT: Final = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_SIGNER: Final = re.compile(r"\bheader\.(?:i|d)\s*=\s*([^\s;()]+)", re.IGNORECASE)
_DMARC_FROM: Final = re.compile(r"\bdmarc\s*=\s*[a-z]+[^;]*?\bheader\.from\s*=\s*([^\s;()]+)", re.IGNORECASE)
_QUOTED_STRING: Final = re.compile(r'"(?:[^"\\]|\\.){0,500}"')
_COMMENT: Final = re.compile(r"\([^()]{0,500}\)")
_VERDICTS: Final = {
    "pass": Verdict.PASS,
    "fail": Verdict.FAIL,
    "softfail": Verdict.FAIL,
    "permerror": Verdict.FAIL,
    "temperror": Verdict.PROCESSING_FAILED,
}
"""Verdicts by the result words of RFC 8601. Every other word, such as `none` or `neutral`, is GRAY."""


def read_ses_headers(raw: bytes) -> tuple[SesHeaders, int]:
    """The values of the block, and the offset at which the sender's own bytes begin (0 if there is no block).

    A block is valid only where SES puts it: its fields follow each other without a gap from the first byte, and
    X-SES-RECEIPT is the last. So an X-SES-RECEIPT that a sender writes further down is not part of a block.
    """
    fields: dict[str, str] = {}
    end = 0
    for name, value, following in islice(_read_fields(raw), _MAX_FIELDS):
        if end:
            end = following if name == _SIGNATURE else end
            break
        if name not in _FIELDS_OF_SES or (name in fields and name != _MAY_REPEAT):
            break
        fields[name] = value
        if name == _LAST_FIELD:
            end = following
    return (_values_of(fields), end) if end else (SesHeaders(), 0)


def _read_fields(raw: bytes) -> Iterator[tuple[str, str, int]]:
    """The fields from the first byte on: name in lower case, unfolded value, offset after the field."""
    section = raw[:MAX_HEADER_BYTES]
    position = 0
    while position < len(section):
        end = _end_of_field(section, position)
        match = _FIELD.match(section[position:end].decode("utf-8", "replace").strip("\r\n"))
        if match is None:
            return
        yield match[1].lower(), " ".join(map(str.strip, match[2].splitlines())).strip(), end
        position = end


def _end_of_field(section: bytes, position: int) -> int:
    """The offset after a field and its continuation lines. `position` is the start of the field."""
    while True:
        newline = section.find(b"\n", position)
        position = len(section) if newline < 0 else newline + 1
        if position >= len(section) or section[position : position + 1] not in (b" ", b"\t"):
            return position


def _values_of(fields: dict[str, str]) -> SesHeaders:
    received = fields.get("received", "")
    results = fields.get("authentication-results", "")
    # An envelope sender may contain anything in quotes, even other verdicts.
    results = _QUOTED_STRING.sub(" ", results) if results.lower().startswith("amazonses.com") else ""
    verdicts, dkim_domains = _authentication(results)
    return SesHeaders(
        envelope_sender=_envelope_sender(fields.get("return-path")),
        recipient=match[1] if (match := _RECIPIENT.search(received)) else None,
        received_at=_received_at(received),
        client_ip=match[1] if (match := _CLIENT_IP.search(received)) else None,
        spam=_verdict(fields.get("x-ses-spam-verdict")),
        virus=_verdict(fields.get("x-ses-virus-verdict")),
        spf=verdicts.get("spf") or _received_spf(fields.get("received-spf", "")),
        dkim=verdicts.get("dkim", Verdict.DISABLED),
        dmarc=verdicts.get("dmarc", Verdict.DISABLED),
        dkim_domains=dkim_domains,
        dmarc_domain=ascii_domain(match[1]) if (match := _DMARC_FROM.search(results)) else None,
    )


def _envelope_sender(return_path: str | None) -> str | None:
    if return_path is None:
        return None
    match = _ADDRESS.search(return_path)
    return (match[1] if match else return_path).strip()


def _received_at(received: str) -> datetime | None:
    """The date at the end of Received, in UTC; None if it cannot be read."""
    _, semicolon, date = received.rpartition(";")
    if not semicolon:
        return None
    try:
        moment = parsedate_to_datetime(date.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _verdict(value: str | None) -> Verdict:
    if value is None:
        return Verdict.DISABLED
    try:
        return Verdict(value.strip().upper())
    except ValueError:
        return Verdict.GRAY


def _authentication(results: str) -> tuple[dict[str, Verdict], tuple[str, ...]]:
    """Verdicts by method (spf, dkim, dmarc), and the domains whose DKIM signatures passed."""
    verdicts: dict[str, Verdict] = {}
    domains: list[str] = []
    for clause in _COMMENT.sub(" ", results).split(";")[1:]:
        match = _RESULT.match(clause.strip())
        if match is None:
            continue
        method, verdict = match[1].lower(), _VERDICTS.get(match[2].lower(), Verdict.GRAY)
        # If there are several DKIM signatures, one of them has to pass.
        if verdicts.get(method) is not Verdict.PASS:
            verdicts[method] = verdict
        if method == "dkim" and verdict is Verdict.PASS and (signer := _SIGNER.search(clause)):
            domains.append(ascii_domain(signer[1].rpartition("@")[2].strip('"')))
    return verdicts, tuple(dict.fromkeys(filter(None, domains)))


def _received_spf(value: str) -> Verdict:
    """The verdict of a Received-SPF field (RFC 7208, section 9.1)."""
    word = value.split(" ", 1)[0].lower()
    return _VERDICTS.get(word, Verdict.GRAY) if word else Verdict.DISABLED
