"""The header fields that SES adds to received emails, and the local header that sets their verdicts.

The order and the wording of the fields are copied from real emails.
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html lists the verdicts.
"""

import base64
import email.utils
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from email_channels.addresses import ascii_domain

VERDICTS = frozenset({"PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED"})
CHECKS = ("spam", "virus", "spf", "dkim", "dmarc")
_LOCAL_HEADER = re.compile(
    rb"^X-Local-Verdicts[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)", re.IGNORECASE | re.MULTILINE
)
_FROM = re.compile(rb"^From[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"^\r?\n", re.MULTILINE)
_MOST_FROM_BYTES = 10_000
_RECEIPT_START = b"\x00AAAAAAAAAA"  # the decoded receipts of real messages start like this
# RFC 8601 section 2.7: what Authentication-Results says for each verdict.
_RESULTS = {"PASS": "pass", "FAIL": "fail", "GRAY": "none", "PROCESSING_FAILED": "temperror", "DISABLED": "none"}


class BadVerdictsError(ValueError):
    """An X-Local-Verdicts header has an unknown check or verdict."""


@dataclass(frozen=True)
class SmtpDetails:
    """What the SMTP session knows about a message. `envelope_from` is empty for the null sender."""

    id: str
    region: str
    envelope_from: str
    helo: str
    client_name: str
    client_address: str
    at: datetime


def new_message_id() -> str:
    """An id in the format of SES's ids of received emails: 40 characters of a to z and 0 to 9."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(40))


def pop_verdicts(raw: bytes) -> tuple[bytes, dict[str, str]]:
    """The message without its X-Local-Verdicts headers, otherwise unchanged, and the verdict of each check.

    Checks that the header does not name are PASS. Raises BadVerdictsError for an unknown check or verdict.
    """
    verdicts = dict.fromkeys(CHECKS, "PASS")
    end = _header_end(raw)
    head = raw[:end]
    for match in _LOCAL_HEADER.finditer(head):
        for word in re.split(r"[\s,;]+", match[1].decode("utf-8", "replace").strip()):
            if not word:
                continue
            check, _, verdict = word.partition("=")
            check, verdict = check.lower(), verdict.upper()
            if check not in verdicts or verdict not in VERDICTS:
                raise BadVerdictsError(f"X-Local-Verdicts has an unknown check or verdict: '{_printable(word)}'")
            verdicts[check] = verdict
    stripped = _LOCAL_HEADER.sub(b"", head)
    return (raw if stripped == head else stripped + raw[end:]), verdicts


def from_domain(raw: bytes) -> str | None:
    """The domain of the first From address, in ASCII and lower case. None if it is not a valid domain name."""
    found = _FROM.search(raw, 0, _header_end(raw))
    if not found or len(found[1]) > _MOST_FROM_BYTES:
        return None
    value = re.sub(r"\r?\n", "", found[1].decode("utf-8", "replace")).strip()
    for _, address in email.utils.getaddresses([value]):
        domain = address.rpartition("@")[2] if "@" in address else ""
        name = ascii_domain(domain)
        if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", name):
            return name
    return None


def header_block(details: SmtpDetails, recipient: str, verdicts: Mapping[str, str], message: bytes) -> bytes:
    """SES's header fields for one stored object. They go in front of the sender's bytes, which stay unchanged."""
    envelope_from = _printable(details.envelope_from)
    helo = _printable(details.helo)
    domain = from_domain(message)
    dkim, dmarc = (_RESULTS[verdicts[check]] for check in ("dkim", "dmarc"))
    spf = _spf(details, verdicts["spf"], envelope_from, helo)
    lines = [
        f"Return-Path: <{envelope_from}>",
        f"Received: from {helo} ({_printable(details.client_name)} [{details.client_address}])",
        f" by inbound-smtp.{details.region}.amazonaws.com with SMTP id {details.id}",
        f" for {_printable(recipient)};",
        f" {email.utils.format_datetime(details.at)} (UTC)",
        f"X-SES-Spam-Verdict: {verdicts['spam']}",
        f"X-SES-Virus-Verdict: {verdicts['virus']}",
        f"Received-SPF: {spf}",
        "Authentication-Results: amazonses.com;",
        f" spf={spf}",
        f" dkim={dkim} header.i=@{domain};" if domain and dkim != "none" else " dkim=none;",
        f" dmarc={dmarc} header.from={domain};" if domain else " dmarc=none;",
        f"X-SES-RECEIPT: {_opaque(_RECEIPT_START, 200)}",
        f"X-SES-DKIM-SIGNATURE: {_signature(details, message)}",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8", "replace")


def _spf(details: SmtpDetails, verdict: str, envelope_from: str, helo: str) -> str:
    result = {"PASS": "pass", "FAIL": "fail", "PROCESSING_FAILED": "temperror"}.get(verdict, "none")
    # RFC 7208 section 2.4: a null sender is checked as postmaster at the HELO name.
    domain = envelope_from.rpartition("@")[2] or helo
    designates = {"pass": "designates", "fail": "does not designate"}.get(result)
    words = (
        f"domain of {domain} {designates} {details.client_address} as permitted sender"
        if designates
        else f"no usable record of {domain}"
    )
    return (
        f"{result} (spfCheck: {words}) client-ip={details.client_address}; envelope-from={envelope_from}; helo={helo};"
    )


def _signature(details: SmtpDetails, message: bytes) -> str:
    body_hash = base64.b64encode(hashlib.sha256(message[_header_end(message) :]).digest()).decode("ascii")
    return (
        f"a=rsa-sha256; q=dns/txt; b={_opaque(b'', 128)}; c=relaxed/simple; s=local; d=amazonses.com; "
        f"t={int(details.at.timestamp())}; v=1; bh={body_hash}; "
        "h=From:To:Cc:Bcc:Subject:Date:Message-ID:MIME-Version:Content-Type:X-SES-RECEIPT;"
    )


def _header_end(raw: bytes) -> int:
    """The position of the empty line that ends the header. The end of the message if there is none."""
    end = _HEADER_END.search(raw)
    return end.start() if end else len(raw)


def _opaque(start: bytes, length: int) -> str:
    return base64.b64encode(start + secrets.token_bytes(length)).decode("ascii")


def _printable(text: str) -> str:
    """The text without control characters, so that no client can insert header fields into the block."""
    return "".join(character if character.isprintable() else "?" for character in text)
