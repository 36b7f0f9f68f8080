"""The header fields that SES adds to received emails, and the local header that sets their verdicts.

The order, the folding and the wording of the fields are copied from published originals. SES escapes nothing: HELO and
MAIL FROM stand in the block as the client sent them. So they do here.
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html lists the verdicts.
"""

import base64
import email.utils
import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from email_channels.addresses import ascii_domain

VERDICTS = frozenset({"PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED"})
CHECKS = ("spam", "virus", "spf", "dkim", "dmarc")
_LOCAL_HEADER = re.compile(
    rb"^X-Local-Verdicts[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)", re.IGNORECASE | re.MULTILINE
)
_FROM = re.compile(rb"^From[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_SIGNATURE = re.compile(rb"^DKIM-Signature[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_SIGNING_DOMAIN = re.compile(rb"(?:\A|;)d=([^;]*)")  # the tag d of a signature whose white space was removed
_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_HEADER_END = re.compile(rb"^\r?\n", re.MULTILINE)
_MOST_FROM_BYTES = 10_000
_RECEIPT_START = b"\x00AAAAAAAAAA"  # the decoded receipts of real messages start like this
# RFC 8601 section 2.7: what Authentication-Results says for each verdict. Unsigned emails have no dkim line.
_RESULTS = {"PASS": "pass", "FAIL": "fail", "GRAY": "none", "PROCESSING_FAILED": "temperror", "DISABLED": "none"}
_DKIM_RESULTS = {"PASS": "pass", "FAIL": "fail", "PROCESSING_FAILED": "permerror"}
_SPF_RESULTS = _RESULTS | {"GRAY": "softfail", "PROCESSING_FAILED": "permerror"}
# The sentences of Apache jSPF, which SES uses.
_SPF_SENTENCES = {
    "pass": "domain of {domain} designates {address} as permitted sender",
    "fail": "domain of {domain} does not designate {address} as permitted sender",
    "softfail": "transitioning domain of {domain} does not designate {address} as permitted sender",
    "none": "{address} is neither permitted nor denied by domain of {domain}",
    "permerror": "Error in processing SPF Record",
}


class BadVerdictsError(ValueError):
    """An X-Local-Verdicts header has an unknown check or verdict."""


@dataclass(frozen=True)
class SmtpDetails:
    """What the SMTP session knows about a message. `envelope_from` is empty for the null sender.

    `client_name` is None if the client's address has no name (reverse DNS).
    """

    id: str
    region: str
    envelope_from: str
    helo: str
    client_name: str | None
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
        if _DOMAIN.fullmatch(name):
            return name
    return None


def _signing_domains(raw: bytes) -> Iterator[str]:
    """The domains of the message's DKIM signatures, in order, each as often as it signs."""
    for field in _SIGNATURE.finditer(raw, 0, _header_end(raw)):
        tag = _SIGNING_DOMAIN.search(re.sub(rb"\s", b"", field[1]))
        name = ascii_domain(tag[1].decode("utf-8", "replace")) if tag else ""
        if _DOMAIN.fullmatch(name):
            yield name


def header_block(details: SmtpDetails, recipient: str, verdicts: Mapping[str, str], message: bytes) -> bytes:
    """SES's header fields for one stored object. They go in front of the sender's bytes, which stay unchanged.

    DKIM passes for the From domain, whether the message is signed or not, unless the verdict says otherwise. Each
    signature of the message has a line of its own. GRAY stands for an unsigned message.
    """
    spf = _spf(details, _SPF_RESULTS[verdicts["spf"]])
    client = f"{details.client_name} [{details.client_address}]" if details.client_name else ""
    lines = [
        f"Return-Path: <{details.envelope_from}>",
        f"Received: from {details.helo} ({client or f'[{details.client_address}]'})",
        f" by inbound-smtp.{details.region}.amazonaws.com with SMTP id {details.id}",
        f" for {recipient};",
        f" {email.utils.format_datetime(details.at)} (UTC)",
        *(
            f"X-SES-{check.title()}-Verdict: {verdicts[check]}"
            for check in ("spam", "virus")
            if verdicts[check] != "DISABLED"
        ),
        f"Received-SPF: {spf}",
        "Authentication-Results: amazonses.com;",
        f" spf={spf}",
        *_results(verdicts, message),
        f"X-SES-RECEIPT: {_opaque(_RECEIPT_START, 200)}",
        f"X-SES-DKIM-SIGNATURE: {_signature(details, message)}",
    ]
    # A client can send anything but a line break: that ends its command.
    return "".join(line.replace("\n", "?") + "\r\n" for line in lines).encode("utf-8", "surrogateescape")


def _results(verdicts: Mapping[str, str], message: bytes) -> Iterator[str]:
    """The lines of the DKIM signatures, and that of DMARC."""
    domain = from_domain(message)
    if (dkim := _DKIM_RESULTS.get(verdicts["dkim"])) is not None:
        signers = list(_signing_domains(message))
        if domain is not None and domain not in signers:
            signers.append(domain)
        yield from (f" dkim={dkim} header.i=@{signer};" for signer in signers)
    if domain is None:
        yield " dmarc=permerror;"
    elif verdicts["dmarc"] != "DISABLED":
        yield f" dmarc={_RESULTS[verdicts['dmarc']]} header.from={domain};"


def _spf(details: SmtpDetails, result: str) -> str:
    # RFC 7208 section 2.4: a null sender is checked as postmaster at the HELO name.
    envelope_from = details.envelope_from or f"postmaster@{details.helo}"
    domain = envelope_from.rpartition("@")[2]
    sentence = _SPF_SENTENCES[result].format(domain=domain, address=details.client_address)
    return (
        f"{result} (spfCheck: {sentence}) client-ip={details.client_address}; "
        f"envelope-from={envelope_from}; helo={details.helo};"
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
    """The text without control characters."""
    return "".join(character if character.isprintable() else "?" for character in text)
