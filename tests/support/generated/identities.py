"""Generated pairs of emails whose headers end in unusual ways: if both have one identity, both show the same.

`make fuzz` tries many, a unit test a few.
"""

from __future__ import annotations

from typing import Final

from email_channels.cases.identity import EmailIdentity, identify
from email_channels.mail.parsing import parse_message
from hypothesis import strategies as st

_HEAD: Final = (
    b"From: Jo Doe <jo@acme.example>\n", b"Date: Mon, 23 Nov 2026 10:00:00 +0000\n", b"Subject: Leave\n",
    b"Message-ID: <1@acme.example>\n",
)  # fmt: skip
# Lines that end the headers, seem to end them, or seem to be some.
_LINES: Final = (
    b"\n", b"\r\n", b" \n", b"\t\r\n", b"   \t \n", b"\x0b\n", b"\xc2\xa0\n", b" folded\n", b"\tfolded: too\r\n",
    b"To: payroll@acme.example\n", b"X-Mailer: x\r\n", b"Subject: Other\n", b"Subject:\n", b"From: b@evil.example\n",
    b"Date: Tue, 24 Nov 2026 10:00:00 +0000\n", b"Message-ID: <2@acme.example>\n", b"MESSAGE-ID:<>\n",
    b"Received: from a by b\n", b"Hello\n", b"How many days are left?\r\n", b"note: not a field\n",
    b"no: field: here\n",
    b"http://acme.example\n", b"From here on, all is text\n", b">From here on\n", b": no name\n", b"-- \n", b"=20\n",
    b"\xff\xfe\n", b"\x00\n", b"x", b"", b"\r", b"Hello\rJo\r\r\n", b"\rSubject: Pay\r", b"X-Mailer: x\rHello\n",
)  # fmt: skip
_lines: Final = st.one_of(
    st.sampled_from(_LINES),
    st.text(max_size=8).map(str.encode),
    st.text("a\r\n: ", max_size=8).map(str.encode),
)
_heads: Final = st.permutations(_HEAD).flatmap(lambda head: st.integers(0, len(head)).map(lambda end: head[:end]))


@st.composite
def email_pairs(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A strategy for two emails with the same first headers. What follows differs in one place, or not at all."""
    head = b"".join(draw(_heads))
    one = draw(st.lists(_lines, max_size=6))
    start = draw(st.integers(0, len(one)))
    end = draw(st.integers(start, min(len(one), start + 2)))
    other = [*one[:start], *draw(st.lists(_lines, max_size=2)), *one[end:]]
    return head + b"".join(one), head + b"".join(other)


def check_identities(pair: tuple[bytes, bytes]) -> None:
    """Two emails with one identity show the same. Neither line ends nor a relay change the identity of an email."""
    one, other = pair
    if _identity(one) == _identity(other):
        assert _shown(one) == _shown(other), "two different emails have one identity"
    relayed = b"Received: from a.example by b.example; Mon, 23 Nov 2026 10:00:01 +0000\n" + one
    if one.startswith(_HEAD):
        assert _identity(relayed) == _identity(one)
    if b"\r" not in one and not one.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert _identity(one.replace(b"\n", b"\r\n")) == _identity(one)


def _identity(raw: bytes) -> EmailIdentity:
    return identify(raw, "payroll@in.acme.example", "raw/case_creation/x")


def _shown(raw: bytes) -> tuple[object, ...]:
    message = parse_message(raw)
    return message.from_, message.date, message.subject, message.message_id, message.text, message.attachments
