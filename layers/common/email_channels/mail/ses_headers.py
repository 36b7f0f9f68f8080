"""What SES itself said of an email that it received: envelope, verdicts, authentication.

SES puts a block of headers on top, from Return-Path down to X-SES-RECEIPT and X-SES-DKIM-SIGNATURE. Everything below
is the sender's, headers of the same names included, and says nothing here. Nothing raises.
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html (the verdicts)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from email_channels.addresses import ascii_domain, domain_of
from email_channels.mail.limits import MAX_HEADER_BYTES
from email_channels.mail.organisational_domains import same_organisation


class Verdict(StrEnum):
    """What a check of SES said. GRAY: it could not tell; DISABLED: it was not asked."""

    PASS = "PASS"  # noqa: S105  # a verdict, no password
    FAIL = "FAIL"
    GRAY = "GRAY"
    PROCESSING_FAILED = "PROCESSING_FAILED"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class SesHeaders:
    """SES's own word. `envelope_sender` is None where it is not known, and "" for the null sender `<>` of bounces."""

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
        """Whether the From address is proven: DMARC passed, or a DKIM signature of its domain did.

        A signature aligns if its domain and the From domain have the same organisational domain (RFC 7489, section
        3.1.1, relaxed mode): `mail.example.org` signs for `example.org`, but `a.github.io` does not for `b.github.io`.
        The public suffix list says what an organisational domain is. A domain that is itself a public suffix aligns
        with itself only.
        """
        domain = domain_of(from_address)
        if not domain:
            return False
        # A From that can be read in two ways may have passed as another's.
        if self.dmarc is Verdict.PASS and self.dmarc_domain in (None, domain):
            return True
        return any(same_organisation(domain, signer) for signer in self.dkim_domains)


_FIELD: Final = re.compile(r"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_ADDRESS: Final = re.compile(r"<([^<>]*)>")
_FOR: Final = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+?)>?\s*;")
_CLIENT: Final = re.compile(r"^from\s+\S+\s+\((?:[^()\[\]]{0,255})\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\]\)")
_RESULT: Final = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_SIGNER: Final = re.compile(r"\bheader\.(?:i|d)\s*=\s*([^\s;()]+)", re.IGNORECASE)
_DMARC_FROM: Final = re.compile(r"\bdmarc\s*=\s*[a-z]+[^;]*?\bheader\.from\s*=\s*([^\s;()]+)", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.){0,500}"')
_PARENTHESES: Final = re.compile(r"\([^()]{0,500}\)")
_PASSES: Final = {"pass": Verdict.PASS, "fail": Verdict.FAIL, "softfail": Verdict.FAIL, "permerror": Verdict.FAIL}
_UNSURE: Final = {"temperror": Verdict.PROCESSING_FAILED}
_OURS: Final = frozenset(
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
_BELOW: Final = "x-ses-dkim-signature"


def read_ses_headers(raw: bytes) -> tuple[SesHeaders, int]:
    """What SES said, and the offset at which the sender's own bytes begin (0 where there is no block of SES).

    The block is taken only where it is: its fields in an unbroken run from the first byte, X-SES-RECEIPT the last of
    them. A sender's X-SES-RECEIPT further down therefore makes no block.
    """
    fields: dict[str, str] = {}
    offset = end = 0
    for name, value, following in _fields(raw):
        if end:
            if name == _BELOW:
                end = following
            break
        if name not in _OURS or (name in fields and name != "received-spf"):
            return SesHeaders(), 0
        fields[name] = value
        offset = following
        if name == "x-ses-receipt":
            end = offset
    if not end:
        return SesHeaders(), 0
    return _receipt(fields), end


def _fields(raw: bytes) -> list[tuple[str, str, int]]:
    """The fields on top, to the one below X-SES-RECEIPT: lower-case name, unfolded value, offset behind."""
    found: list[tuple[str, str, int]] = []
    position = 0
    section = raw[:MAX_HEADER_BYTES]
    while position < len(section) and len(found) < 50:
        end = position
        while True:
            newline = section.find(b"\n", end)
            end = len(section) if newline < 0 else newline + 1
            if end >= len(section) or section[end : end + 1] not in (b" ", b"\t"):
                break
        line = section[position:end].decode("utf-8", "replace").strip("\r\n")
        match = _FIELD.match(line)
        if match is None:
            break
        found.append((match[1].lower(), " ".join(map(str.strip, match[2].splitlines())).strip(), end))
        if len(found) > 1 and found[-2][0] == "x-ses-receipt":
            break
        position = end
    return found


def _receipt(fields: dict[str, str]) -> SesHeaders:
    received = fields.get("received", "")
    results = fields.get("authentication-results", "")
    # An envelope sender may hold anything in quotes, other verdicts included.
    results = _QUOTED.sub(" ", results) if results.lower().startswith("amazonses.com") else ""
    verdicts, domains = _authentication(results)
    spf = verdicts.get("spf") or _spf(fields.get("received-spf", ""))
    return SesHeaders(
        envelope_sender=_envelope_sender(fields.get("return-path")),
        recipient=match[1] if (match := _FOR.search(received)) else None,
        received_at=_moment(received),
        client_ip=match[1] if (match := _CLIENT.search(received)) else None,
        spam=_verdict(fields.get("x-ses-spam-verdict")),
        virus=_verdict(fields.get("x-ses-virus-verdict")),
        spf=spf,
        dkim=verdicts.get("dkim", Verdict.DISABLED),
        dmarc=verdicts.get("dmarc", Verdict.DISABLED),
        dkim_domains=domains,
        dmarc_domain=ascii_domain(match[1]) if (match := _DMARC_FROM.search(results)) else None,
    )


def _envelope_sender(value: str | None) -> str | None:
    if value is None:
        return None
    match = _ADDRESS.search(value)
    return (match[1] if match else value).strip()


def _moment(received: str) -> datetime | None:
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
    """Verdicts by method, and the domains whose DKIM signature passed (RFC 8601)."""
    verdicts: dict[str, Verdict] = {}
    domains: list[str] = []
    for clause in _PARENTHESES.sub(" ", results).split(";")[1:]:
        match = _RESULT.match(clause.strip())
        if match is None:
            continue
        method, result = match[1].lower(), match[2].lower()
        verdict = _PASSES.get(result) or _UNSURE.get(result, Verdict.GRAY)
        # Several DKIM signatures: one that passes is enough.
        if verdicts.get(method) is not Verdict.PASS:
            verdicts[method] = verdict
        if method == "dkim" and verdict is Verdict.PASS and (signer := _SIGNER.search(clause)):
            domains.append(ascii_domain(signer[1].rpartition("@")[2].strip('"')))
    return verdicts, tuple(dict.fromkeys(filter(None, domains)))


def _spf(value: str) -> Verdict:
    word = value.split(" ", 1)[0].lower()
    if not word:
        return Verdict.DISABLED
    return _PASSES.get(word) or _UNSURE.get(word, Verdict.GRAY)
