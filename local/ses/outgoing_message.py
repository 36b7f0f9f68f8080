"""A raw message that SES sends: what SES refuses, and what the recipient gets.

https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html, .../mime-types.html (attachment types),
.../header-fields.html (fields that may occur once only).
"""

import base64
import email
import email.header
import email.message
import email.utils
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError

from local.ses.errors import bad_request

MOST_BYTES = 40 * 1024 * 1024
MOST_LINE = 998  # RFC 5322 section 2.1.1, without the line end
_SINGLE_FIELDS = frozenset(
    {"from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to", "references"}
    | {"mime-version", "content-type", "content-transfer-encoding", "return-path", "auto-submitted"}
)
_REMOVED_FIELDS = frozenset(
    {"bcc", "message-id", "date", "return-path", "x-ses-configuration-set", "x-ses-message-tags", "x-ses-source-arn"}
)
_REFUSED_TYPES = frozenset(
    """ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk
    mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi msp
    mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs vps
    vsmacros vss vst vsw vxd ws wsc wsf wsh xnk""".split()  # noqa: SIM905 - a list of ninety literals would hide the words
)
# The industry's harmless test file, in two halves so that no scanner takes this file for it (https://www.eicar.org).
_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True)
class OutgoingMessage:
    """A message that SES accepts. Each of `fields` is a name, the unfolded value, and the bytes of the whole field."""

    fields: tuple[tuple[str, str, bytes], ...]
    body: bytes
    infected: bool

    def values(self, name: str) -> list[str]:
        """All values of a header field, unfolded, undecoded."""
        return [value for field, value, _ in self.fields if field.lower() == name.lower()]

    def value(self, name: str) -> str:
        """The first value of a header field. Empty if there is none."""
        return next(iter(self.values(name)), "")

    def addresses(self, name: str) -> list[str]:
        """The bare addresses of a header field."""
        return [address for _, address in email.utils.getaddresses(self.values(name)) if "@" in address]

    def subject(self) -> str:
        """The subject as people read it."""
        return decoded(self.value("Subject"))

    def as_delivered(self, message_id: str, region: str, at: datetime) -> bytes:
        """The message as sent: with SES's Message-ID and Date, without Bcc and SES's control fields.

        Lines end with CRLF.
        """
        mail_domain = "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"
        kept = b"".join(whole for name, _, whole in self.fields if name.lower() not in _REMOVED_FIELDS)
        stamp = at.strftime("%Y.%m.%d")
        own = (
            f"Message-ID: <{message_id}@{mail_domain}>\r\n"
            f"Date: {email.utils.format_datetime(at)}\r\n"
            f"Feedback-ID: ::1.{region}.{secrets.token_urlsafe(32)}:AmazonSES\r\n"
            f"X-SES-Outgoing: {stamp}-192.0.2.10\r\n"
        )
        signature = (
            f"Return-Path: <{message_id}@{mail_domain}>\r\n"
            "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple;\r\n"
            f"\ts=local; d=amazonses.com; t={int(at.timestamp())};\r\n"
            "\th=From:To:Cc:Subject:MIME-Version:Content-Type:Message-ID:Date:Feedback-ID;\r\n"
            f"\tbh={base64.b64encode(hashlib.sha256(self.body).digest()).decode('ascii')};\r\n"
            f"\tb={base64.b64encode(secrets.token_bytes(48)).decode('ascii')}\r\n"
        )
        return signature.encode("ascii") + kept + own.encode("ascii") + b"\r\n" + self.body


def read_outgoing(raw: bytes) -> OutgoingMessage:
    """Checks a raw message as SES does. Raises SesError (BadRequestException) that says what is wrong."""
    if len(raw) > MOST_BYTES:
        raise bad_request(f"Message length is more than {MOST_BYTES} bytes long: '{len(raw)}'.")
    raw = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    if any(len(line) > MOST_LINE for line in raw.split(b"\r\n")):
        raise bad_request(f"Message has a line longer than {MOST_LINE} characters.")
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = tuple(_fields(head))
    names = [name.lower() for name, _, _ in fields]
    twice = sorted({name for name in names if name in _SINGLE_FIELDS and names.count(name) > 1})
    if twice:
        raise bad_request(f"Duplicate header '{twice[0]}'.")
    if "from" not in names:
        raise bad_request("Missing required header 'From'.")
    infected = _check_parts(raw)
    return OutgoingMessage(fields, body, infected)


def decoded(value: str) -> str:
    """A header value with its encoded words decoded (RFC 2047). Returned as it is if they are malformed."""
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def _fields(head: bytes) -> list[tuple[str, str, bytes]]:
    if not head.isascii():
        raise bad_request("Header fields must be 7-bit ASCII; encode others as RFC 2047 says.")
    text = head.decode("ascii").strip("\r\n")
    fields = []
    for whole in re.split(r"\r\n(?![ \t])", text) if text else ():
        name, colon, value = whole.partition(":")
        if not colon or not re.fullmatch(r"[!-9;-~]+", name):
            raise bad_request("Header has a line that is not a header field.")
        unfolded = re.sub(r"\r\n(?=[ \t])", "", value).strip()
        fields.append((name, unfolded, (whole + "\r\n").encode("ascii")))
    return fields


def _check_parts(raw: bytes) -> bool:
    """Refuses file names that SES refuses. Returns whether a part holds the test virus for scanners."""
    infected = False
    for part in email.message_from_bytes(raw).walk():
        name = decoded(part.get_filename() or "")
        extension = name.rpartition(".")[2].strip().lower() if "." in name else ""
        if extension in _REFUSED_TYPES:
            raise bad_request(f"Illegal filename: attachments of the type .{extension} are not accepted.")
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            infected = infected or (isinstance(content, bytes) and _EICAR in content)
    return infected
