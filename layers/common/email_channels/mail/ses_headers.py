"""The SES headers: envelope, verdicts and authentication, as SES itself wrote them on top of an inbound email.

SES adds a block of fields, from Return-Path down to X-SES-RECEIPT and X-SES-DKIM-SIGNATURE. Everything below the block
comes from the sender and proves nothing, even if a field has the same name. Nothing here raises.

SES escapes nothing: HELO and MAIL FROM stand in the block as the client sent them, and may contain `; dmarc=pass`, a
second `for <...>`, or whatever else a result or a clause looks like. But a client cannot send a line break. So the
block is read by its physical lines, which end in a line feed and in nothing else: a value counts only where SES puts a
line of its own, and up to the end of this line.

The form of the block is that of published originals, from 2017 to 2026; SES does not document it.
The verdicts: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from email_channels.addresses import ascii_domain, domain_of
from email_channels.expressions import expression
from email_channels.mail.organisational_domains import same_organisation
from email_channels.values import dataclass


class Verdict(StrEnum):
    """The result of a check by SES. GRAY: SES is not sure. DISABLED: SES did not check."""

    PASS = "PASS"  # noqa: S105  # a verdict, not a password
    FAIL = "FAIL"
    GRAY = "GRAY"
    PROCESSING_FAILED = "PROCESSING_FAILED"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class SesHeaders:
    """The values of the block. `envelope_sender` is None if unknown, and "" for the null sender `<>` of bounces.

    `dkim_domains` are the domains whose DKIM signatures passed. `dmarc_domain` is the From domain as SES read it.
    """

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
        """Whether the From address is proven: a DKIM signature passed, and aligns with its domain.

        A signature aligns if its domain and the From domain have the same organisational domain (RFC 7489, section
        3.1.1, relaxed mode): `mail.example.org` can sign for `example.org`, but `a.github.io` cannot sign for
        `b.github.io`. The public suffix list defines the organisational domain. A domain that is itself a public suffix
        aligns only with itself.

        A DMARC pass proves nothing. Without an aligned signature it rests on SPF alone, and SES checks SPF for the
        client's own server, which relayed the email: if that server is in the SPF record of the client's domain, every
        forged email that it relays passes. But if SES could not read From, or read another domain in it than we do, it
        is not known who wrote the email.
        """
        domain = domain_of(from_address)
        from_unreadable = self.dmarc is Verdict.PROCESSING_FAILED and self.dmarc_domain is None
        if not domain or from_unreadable or self.dmarc_domain not in (None, domain):
            return False
        return any(same_organisation(domain, signer) for signer in self.dkim_domains)


# The fields of the block, in the order of SES. Those for spam and virus are missing if scanning is off. X-SES-RECEIPT
# ends the block; SES's own signature may follow.
_FIELDS_OF_SES: Final = (
    "return-path",
    "received",
    "x-ses-spam-verdict",
    "x-ses-virus-verdict",
    "received-spf",
    "authentication-results",
    "x-ses-receipt",
)
_LAST_FIELD: Final = "x-ses-receipt"
_FOLDED: Final = ("received", "authentication-results")
# The sender decides how many signatures an email has, and each gets a line. The last of the lines is that of DMARC.
_MAX_LINES: Final = 1_000
_LEFT_OUT: Final = " (lines left out)"
"""Stands for the lines after the first _MAX_LINES, but the last. SES never writes it, so no result counts as passed."""
# The signature is one line. Continuation lines of it are recognised by the tags of a signature (RFC 6376, section 3.5).
_SIGNATURE: Final = expression(
    rb"X-SES-DKIM-SIGNATURE:[^\n]*(?:\n|\Z)(?:[ \t]+[a-z]{1,2}=[^\n]*(?:\n|\Z))*", re.IGNORECASE
)
# Lines of Received: the end of its first line (without reverse DNS, the address has parentheses of its own), and the
# line of the recipient.
_CLIENT_IP: Final = expression(r"\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\]\){1,2}$")
_RECIPIENT_BEGINS: Final = " for "
_RECIPIENT_ENDS: Final = ";"
# Lines of Authentication-Results. That of SPF is the first, and repeats HELO and MAIL FROM; only its first word counts.
_RESULTS_OF_SES: Final = "amazonses.com;"
_SPF: Final = expression(r" spf=([a-z]+)(?:[ ;].*)?")
_DKIM: Final = expression(r" dkim=([a-z]+)(?: header\.i=@([^\s;]+))?;")
_DMARC: Final = expression(r" dmarc=([a-z]+)(?: (?:header|properties)\.from=([^\s;]+))?;")
_VERDICTS: Final = {
    "pass": Verdict.PASS,
    "fail": Verdict.FAIL,
    "permerror": Verdict.PROCESSING_FAILED,
    "temperror": Verdict.PROCESSING_FAILED,
}
"""Verdicts by the result words of RFC 8601. Every other word, such as `none`, `neutral` or `softfail`, is GRAY."""


def read_ses_headers(raw: bytes) -> tuple[SesHeaders, int]:
    """The values of the block, and the offset at which the sender's own bytes begin (0 if there is no block).

    A block is valid only where SES puts it, and as SES writes it: its fields follow each other in the order of SES and
    without a gap from the first byte, and X-SES-RECEIPT is the last. So an X-SES-RECEIPT that a sender writes further
    down is not part of a block.
    """
    fields: dict[str, list[str]] = {}
    expected: Sequence[str] = _FIELDS_OF_SES
    name = ""
    for line, following in _lines(raw):
        if line.startswith(" ") and name in _FOLDED:
            fields[name].append(line)
            continue
        written, colon, value = line.partition(":")
        name = written.lower()
        if not colon or name not in expected:
            break
        expected = expected[expected.index(name) + 1 :]
        fields[name] = [value.removeprefix(" ")]
        if name == _LAST_FIELD:
            signature = _SIGNATURE.match(raw, following)
            return _values_of(fields), signature.end() if signature else following
    return SesHeaders(), 0


def _lines(raw: bytes) -> Iterator[tuple[str, int]]:
    """The lines from the first byte on, each without its line end, and the offset after it.

    Those in the middle of a very long block are left out. Its end must not be: it would lose what the scans found.
    """
    position = number = 0
    while position < len(raw):
        if number == _MAX_LINES:
            end = raw.find(b"\nX-SES-RECEIPT:", position)
            if end < 0:
                return
            position = max(position, raw.rfind(b"\n", position, end) + 1)
            yield _LEFT_OUT, position
        newline = raw.find(b"\n", position)
        following = len(raw) if newline < 0 else newline + 1
        line = raw[position:following].removesuffix(b"\n").removesuffix(b"\r")
        yield line.decode("utf-8", "replace"), following
        position = following
        number += 1


def _values_of(fields: Mapping[str, Sequence[str]]) -> SesHeaders:
    received = fields.get("received", [""])
    results = _read_results(fields.get("authentication-results", [""]))
    return SesHeaders(
        envelope_sender=_envelope_sender(fields),
        recipient=_recipient(received[1:]),
        received_at=_received_at(received[-1]) if len(received) > 1 else None,
        client_ip=match[1] if (match := _CLIENT_IP.search(received[0])) else None,
        spam=_verdict(fields, "x-ses-spam-verdict"),
        virus=_verdict(fields, "x-ses-virus-verdict"),
        spf=results.spf or _received_spf(fields.get("received-spf", [""])[0]),
        dkim=results.dkim,
        dmarc=results.dmarc,
        dkim_domains=results.dkim_domains,
        dmarc_domain=results.dmarc_domain,
    )


@dataclass(frozen=True, slots=True)
class _Results:
    """What Authentication-Results says. `spf` is None if it has no line of its own."""

    spf: Verdict | None = None
    dkim: Verdict = Verdict.DISABLED
    dmarc: Verdict = Verdict.DISABLED
    dkim_domains: tuple[str, ...] = ()
    dmarc_domain: str | None = None


def _read_results(lines: Sequence[str]) -> _Results:
    """Reads the lines of Authentication-Results: spf, one dkim line for each signature, dmarc (not yet in 2017).

    A dkim or dmarc line counts only if it is one from its first to its last character. If there are other lines, or
    these in another order, nothing counts as passed: parts of the email itself (the From domain, the domain of a
    signature) may have brought in a line. What failed still counts.
    """
    if lines[0] != _RESULTS_OF_SES:
        return _Results()
    spf = _SPF.fullmatch(lines[1]) if len(lines) > 1 else None
    rest = list(lines[2 if spf else 1 :])
    signatures = [match for line in rest if (match := _DKIM.fullmatch(line))]
    policies = [match for line in rest if (match := _DMARC.fullmatch(line))]
    as_written = len(policies) <= 1 and rest == [match[0] for match in (*signatures, *policies)]

    def verdict(matches: Sequence[re.Match[str]], absent: Verdict) -> Verdict:
        found = [_verdict_of(match[1]) if as_written or match[1] != "pass" else Verdict.GRAY for match in matches]
        # Of several signatures, one has to pass.
        return next((each for each in (Verdict.PASS, Verdict.FAIL, *found) if each in found), absent)

    passed = [match[2] for match in signatures if match[2] and match[1] == "pass"]
    return _Results(
        spf=_verdict_of(spf[1]) if spf else None,
        dkim=verdict(signatures, Verdict.GRAY),  # an unsigned email has no line
        dmarc=verdict(policies, Verdict.DISABLED),
        dkim_domains=tuple(dict.fromkeys(filter(None, map(ascii_domain, passed)))) if as_written else (),
        dmarc_domain=ascii_domain(policies[0][2]) if policies and policies[0][2] else None,
    )


def _verdict_of(word: str) -> Verdict:
    return _VERDICTS.get(word, Verdict.GRAY)


def _envelope_sender(fields: Mapping[str, Sequence[str]]) -> str | None:
    if "return-path" not in fields:
        return None
    # The whole line: a quoted local part may contain angle brackets.
    return fields["return-path"][0].removeprefix("<").removesuffix(">")


def _recipient(lines: Sequence[str]) -> str | None:
    """The recipient in the one line of Received that names it. A quoted local part may contain anything."""
    found = [line for line in lines if line.startswith(_RECIPIENT_BEGINS) and line.endswith(_RECIPIENT_ENDS)]
    recipient = found[0].removeprefix(_RECIPIENT_BEGINS).removesuffix(_RECIPIENT_ENDS) if len(found) == 1 else ""
    return recipient if "@" in recipient else None


def _received_at(line: str) -> datetime | None:
    """The date in the last line of Received, in UTC; None if it cannot be read."""
    try:
        moment = parsedate_to_datetime(line.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _verdict(fields: Mapping[str, Sequence[str]], name: str) -> Verdict:
    if name not in fields:
        return Verdict.DISABLED
    try:
        return Verdict(fields[name][0])
    except ValueError:
        return Verdict.GRAY


def _received_spf(value: str) -> Verdict:
    """The verdict of a Received-SPF field (RFC 7208, section 9.1)."""
    word = value.split(" ", 1)[0]
    return _verdict_of(word) if word else Verdict.DISABLED
