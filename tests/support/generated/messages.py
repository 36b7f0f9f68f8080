"""Generated messages: strategies for Hypothesis, mutations of the example mails, and the checks that all must pass.

`make fuzz` runs many of them, a unit test a few.
"""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable
from typing import Final

from email_channels.api.html_sanitising import sanitise
from email_channels.cases.identity import identify
from email_channels.cases.references import bare_references, plus_address_reference, subject_references
from email_channels.mail.classification import classify
from email_channels.mail.form_lines import read_form_lines
from email_channels.mail.parsing import parse_message
from email_channels.mail.replies import visible_reply
from email_channels.mail.ses_headers import read_ses_headers
from hypothesis import strategies as st

CHARSETS: Final = (
    "utf-8", "us-ascii", "iso-8859-1", "windows-1252", "iso-2022-jp", "gb2312", "big5", "koi8-r", "utf-7", "utf-16",
    "shift_jis", "ks_c_5601-1987", "hz-gb-2312", "iso-2022-kr", "x-unknown", "zlib", "idna", "",
)  # fmt: skip
TYPES: Final = (
    "text/plain", "text/html", "text/enriched", "text/calendar", "text/rfc822-headers", "message/rfc822",
    "message/delivery-status", "message/disposition-notification", "message/partial", "application/ms-tnef",
    "application/pkcs7-mime", "application/octet-stream", "image/png", "multipart/mixed", "nonsense", "",
)  # fmt: skip
FIELDS: Final = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Return-Path",
    "Auto-Submitted", "Received", "X-SES-RECEIPT", "Authentication-Results", "Content-Type", "Precedence",
    "X-Failed-Recipients", "Content-Disposition", "Content-Transfer-Encoding",
)  # fmt: skip
# Pieces at which parsers stumble. They are inserted anywhere in a message.
PIECES: Final = (
    b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf", b"=?", b"?=", b"=?utf-8?B?", b"=?utf-8?Q?=C3", b"\x1b$B",
    b"--", b"--b", b"\n--b\n", b"\n--b--\n", b";", b'"', b"\\", b"<", b">", b"(", b")", b",", b":", b"@", b"%", b"*0*=",
    b"filename*=utf-8''%", b"Content-Type: multipart/mixed; boundary=b\n\n", b"begin 644 x\n", b"end\n", b"> ", b">>> ",
    b"On Mon, 2 Nov 2026 at 10:00, A <a@b.example> wrote:\n", b"From: a\nSent: b\nTo: c\nSubject: d\n", b"-- \n",
    b"<div>", b"</div>", b"<blockquote>", b"<table><tr><td>", b"<!--", b"<style>", b"cid:", b"&#x110000;", b"[", b"]",
    b"line 1=[", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\x78\x9f\x3e\x22\x01\x00", b"550 5.1.1 ", b"\t", b"    ", b"=\n",
)  # fmt: skip


_SWELLING: Final = (
    *PIECES, b"a", b" ", b"a ", b"a@b.c ", b"a@", b"a,", b"Kim <a@b.c>, ", b"(", b"((", b"=", b"_", b"-", b"a=b;",
    b"\n ", b"> a\n", b"a:\n", b"<b>", b"<p>", b"</p>", b"&amp;", b"{", b"1", b"1:", b"\xe4", b"\n\n", b"a\n",
    b"wrote:\n", b"<a href='http://x'>", b"to: ", b"'", b"\xa0",
)  # fmt: skip


def check(raw: bytes) -> None:
    """Runs the whole core on one message: it must raise nothing, and its results must be consistent."""
    ses_headers, offset = read_ses_headers(raw)
    assert 0 <= offset <= len(raw)
    identify(raw[offset:], ses_headers.recipient, "raw/ad_hoc/x")
    message = parse_message(raw)
    assert message == parse_message(raw), "two reads of one message differ"
    classify(message, ses_headers.envelope_sender)
    read_form_lines(message)
    reply = visible_reply(message.text or "")
    assert reply.quoted.startswith(reply.banner)
    assert reply.banner + reply.visible + reply.quoted[len(reply.banner) :] == (message.text or "")
    sanitise((message.html or "")[:100_000])
    subject_references(message.subject)
    bare_references(message.subject)
    for address in (*message.to, *message.cc, *message.reply_to):
        plus_address_reference(address.address)
    for attachment in message.attachments:
        assert attachment.filename
        assert not set(attachment.filename) & set("/\\\x00\r\n")
        assert attachment.size == len(attachment.content)
        assert attachment.sha256 == hashlib.sha256(attachment.content).hexdigest()
    for text in texts(message):
        text.encode("utf-8")
    assert message.date is None or message.date.utcoffset() is not None


def texts(message: object) -> list[str]:
    """All texts in a value, at any depth, to check for surrogates, which DynamoDB and JSON refuse."""
    found: list[str] = []
    waiting = [message]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, tuple):
            waiting.extend(value)
        elif hasattr(value, "__slots__"):
            waiting.extend(getattr(value, name) for name in value.__slots__)
    return found


# --- mutations, of one seed each


def mutated(mails: list[bytes], seed: str, largest: int = 1_000_000) -> bytes:
    """An example message with a few changes. The same seed always gives the same message."""
    chance = random.Random(seed)
    data = chance.choice(mails)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 13))):
        data = chance.choice(_CHANGES)(chance, data, mails)
        if len(data) > largest:
            data = data[:largest]
    return data


# The places of a repeated piece: each kind of field, and each kind of body.
_PLACES: Final = (
    b"Subject: %s\n\nx", b"From: %s\n\nx", b"To: Kim %s <kim@acme.example>\n\nx", b"Date: Tue, 3 Nov %s 2026\n\nx",
    b"References: %s\n\nx", b"Message-ID: <%s@x>\n\nx", b"Content-Type: text/plain; %s\n\nx", b"%s\n\nx",
    b"Content-Type: multipart/mixed; boundary=%s\n\n--b\n", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n%s\n",
    b"Content-Type: application/pdf\nContent-Disposition: attachment; filename=\"%s\"\n\nx",
    b"From: a\n\n%s", b"From: a\nContent-Type: text/plain; format=flowed\n\n%s", b"Content-Type: text/html\n\n%s",
    b"Content-Type: text/html\n\n<p>Kim</p>%s<p>Lee</p>", b"Content-Type: text/enriched\n\n%s",
    b"Content-Type: text/plain; charset=x\n\n\xe4%s", b"Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B%s",
    b"Content-Transfer-Encoding: base64\n\nQUFB%s", b"Content-Transfer-Encoding: quoted-printable\n\n%s",
    b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n%s\nend\n",
    b"Return-Path: <>\nFrom: MAILER-DAEMON\nSubject: Undelivered Mail\n\n%s550 5.1.1 user unknown",
    b"Return-Path: <>\nFrom: MAILER-DAEMON\nSubject: failure notice\n\n550 5.1.1 user unknown\n<kim@acme.example>%s",
    b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction: %s\n--b--\n",
    b"Return-Path: %s\nReceived: from x for %s;\nX-SES-RECEIPT: x\nFrom: a\n\nx",
    b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\x01\x00%s",
    b"Content-Type: application/pkcs7-mime\n\n\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02%s",
)  # fmt: skip


def swollen(seed: str, size: int = 500_000) -> bytes:
    """A message that repeats one or two pieces very often in one place, so that quadratic time becomes visible."""
    chance = random.Random(seed)
    piece = b"".join(chance.choices(_SWELLING, k=chance.choice((1, 1, 2, 3))))
    return chance.choice(_PLACES).replace(b"%s", piece * (chance.choice((20_000, size)) // max(1, len(piece))))


def _place(chance: random.Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 1, 2, 4, 10, 40, 200, 1000)))


def _cut(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start, end = _place(chance, data)
    return data[:start] + data[end:]


def _cut_off(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _double(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start, end = _place(chance, data)
    return data[:end] + data[start:end] * chance.choice((1, 2, 5, 50)) + data[end:]


def _swell(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """One stretch of text, repeated very often, so that quadratic time shows."""
    if chance.random() > 0.05:
        return data
    start, end = _place(chance, data)
    stretch = chance.choice((data[start:end], chance.choice(PIECES), chance.choice(PIECES) + chance.choice(PIECES)))
    return data[:end] + stretch * (chance.choice((20_000, 200_000, 900_000)) // max(1, len(stretch))) + data[end:]


def _insert(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start, _end = _place(chance, data)
    return data[:start] + chance.choice(PIECES) * chance.choice((1, 1, 1, 3, 100)) + data[start:]


def _replace(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start, end = _place(chance, data)
    return data[:start] + chance.randbytes(end - start) + data[end:]


def _flip(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    changed = bytearray(data)
    for _time in range(chance.choice((1, 3, 20))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _splice(chance: random.Random, data: bytes, mails: list[bytes]) -> bytes:
    other = chance.choice(mails)
    start, end = _place(chance, other)
    at, _end = _place(chance, data)
    return data[:at] + other[start : end + chance.choice((0, 500))] + data[at:]


def _swap_lines(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    lines = data.split(b"\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return b"\n".join(lines)


def _wrap(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """The whole message as an attached message, in a multipart, or encoded."""
    kind = chance.randrange(3)
    if kind == 0:
        return b"From: a@b.example\nContent-Type: message/rfc822\n\n" + data
    if kind == 1:
        return b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + data + b"\n--b\n" + data + b"\n--b--\n"
    return b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)


def _line_ends(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n")))


_CHANGES: Final[tuple[Callable[[random.Random, bytes, list[bytes]], bytes], ...]] = (
    _cut, _cut_off, _double, _swell, _insert, _insert, _replace, _flip, _splice, _splice, _swap_lines, _wrap,
    _line_ends,
)  # fmt: skip


# --- strategies, for Hypothesis to shrink


def _field(name: str, value: bytes) -> bytes:
    return name.encode() + b": " + value + b"\n"


_words = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=8).map(b"".join)
_values = st.one_of(
    _words,
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from(
        (
            b"Kim <kim@acme.example>",
            b"Tue, 3 Nov 2026 10:00:00 +0100",
            b"MAILER-DAEMON (x)",
            b"<>",
            b"=?gb2312?B?xOO6w?= <a@b>",
            b"attachment; filename*0*=utf-8''%e4; filename*1=b",
        )
    ),
)
_bodies = st.one_of(
    _words,
    st.tuples(st.text(max_size=60), st.sampled_from(CHARSETS[:11])).map(
        lambda pair: pair[0].encode(pair[1], "replace")
    ),
    st.binary(max_size=80).map(base64.encodebytes),
)


@st.composite
def _leaves(draw: st.DrawFn) -> bytes:
    content_type = (
        f'{draw(st.sampled_from(TYPES))}; charset="{draw(st.sampled_from(CHARSETS))}"; format=flowed; boundary=b'
    )
    encoding = draw(st.sampled_from(("7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "?")))
    head = _field("Content-Type", content_type.encode()) + _field("Content-Transfer-Encoding", encoding.encode())
    if draw(st.booleans()):
        head += _field("Content-Disposition", b"attachment; filename=" + draw(_values))
    return head + b"\n" + draw(_bodies)


def _multiparts(parts: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.tuples(
        st.sampled_from(("mixed", "alternative", "related", "signed", "report; report-type=delivery-status", "digest")),
        st.text("ab", min_size=1, max_size=2),
        st.lists(parts, max_size=3),
        st.booleans(),
    ).map(
        lambda made: (
            _field("Content-Type", f"multipart/{made[0]}; boundary={made[1]}".encode())
            + b"\npreamble\n"
            + b"".join(b"--" + made[1].encode() + b"\n" + part + b"\n" for part in made[2])
            + (b"--" + made[1].encode() + b"--\n" if made[3] else b"")
        )
    )


def messages() -> st.SearchStrategy[bytes]:
    """A strategy for messages of any structure, most of them malformed."""
    fields = st.lists(st.tuples(st.sampled_from(FIELDS), _values), max_size=6).map(
        lambda pairs: b"".join(_field(name, value) for name, value in pairs)
    )
    return st.tuples(fields, st.recursive(_leaves(), _multiparts, max_leaves=6)).map(b"".join)
