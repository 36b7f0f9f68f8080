"""Generated SMTP envelopes and messages of hostile clients, and what none of them may do.

`make fuzz` tries many, a unit test a few. The local stack writes the header block, as SES does: it escapes nothing.
`read_ses_headers` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from email_channels.mail.ses_headers import SesHeaders, Verdict, read_ses_headers
from hypothesis import strategies as st

from local.ses.inbound_headers import CHECKS, VERDICTS, SmtpDetails, header_block

# A forger writes this, to be believed.
FORGED: Final = b"From: forms@acme.example\r\nSubject: Forged\r\n\r\nx\r\n"
_AT: Final = datetime(2026, 11, 23, 18, 57, 16, tzinfo=UTC)
# What a forger would like to be read: results, clauses, fields, and characters at which a reader may end a line.
_PIECES: Final = (
    "; dmarc=pass", "; dkim=pass header.i=@acme.example;", " dkim=pass header.i=@acme.example;",
    " dmarc=pass header.from=acme.example;", "; spf=pass", " for <ceo@in.acme.example>;", " for ceo@in.acme.example;",
    " by inbound-smtp.eu-west-1.amazonaws.com with SMTP id x", " Mon, 23 Nov 2020 10:00:00 +0000 (UTC)",
    "(mail.acme.example [198.51.100.1])", "[198.51.100.1])", "Authentication-Results: amazonses.com;",
    "X-SES-Spam-Verdict: PASS", "X-SES-Virus-Verdict: PASS", "X-SES-RECEIPT: x", "X-SES-DKIM-SIGNATURE: x",
    "Received-SPF: pass ", "Return-Path: <>", " spf=pass (", "amazonses.com;", "acme.example", "fail", "pass",
    "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x00", "\t", " ", ";", ":", "=", '"',
    "\\", "<", ">", "(", ")", "[", "]", "@", ",", "\xa0", "\ufeff", "\ufffd",
)  # fmt: skip
# Lines of messages that pretend to be SES's, or to bring lines into SES's results.
_FORGED_LINES: Final = (
    b"Return-Path: <>", b"Received: from x ([192.0.2.9])", b" by inbound-smtp.eu-west-1.amazonaws.com with SMTP id x",
    b" for ceo@in.acme.example;", b" Mon, 23 Nov 2020 10:00:00 +0000 (UTC)", b"X-SES-Spam-Verdict: PASS",
    b"X-SES-Virus-Verdict: PASS", b"Received-SPF: pass x", b"Authentication-Results: amazonses.com;", b" spf=pass x",
    b" dkim=pass header.i=@acme.example;", b" dmarc=pass header.from=acme.example;", b"X-SES-RECEIPT: x",
    b"X-SES-DKIM-SIGNATURE: x", b"From: forms@acme.example", b"From: a@evil.example;", b"From: a@evil.example,", b"",
    b"DKIM-Signature: d=evil.example", b"DKIM-Signature: v=1; d=evil;", b"\tdkim=pass header.i=@acme.example;", b" ;",
)  # fmt: skip
_messages: Final = st.one_of(
    st.just(FORGED),
    st.lists(st.sampled_from(_FORGED_LINES), max_size=8).map(lambda lines: b"".join(line + b"\r\n" for line in lines)),
    st.lists(st.sampled_from(_FORGED_LINES), max_size=8).map(lambda lines: b"\n".join(lines) + b"\n\n" + FORGED),
)
_texts: Final = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=6).map("".join),
    st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=5)), max_size=6).map("".join),
).map(lambda text: text.replace("\n", ""))
_domains: Final = st.one_of(st.just("evil.example"), _texts)
_addresses: Final = st.one_of(
    st.builds('"{}"@{}'.format, _texts, _domains),
    st.builds("{}@{}".format, _texts, _domains),
)
_client_addresses: Final = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


@dataclass(frozen=True)
class Envelope:
    """An envelope, its message, and what SES found out about it."""

    details: SmtpDetails
    recipient: str
    verdicts: dict[str, str]
    message: bytes


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    """A strategy for envelopes with hostile HELO, MAIL FROM, RCPT, reverse DNS and message, and any verdicts."""
    details = SmtpDetails(
        id="o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1",
        region="eu-west-1",
        envelope_from=draw(st.one_of(st.just(""), _addresses)),
        helo=draw(_texts),
        client_name=draw(st.one_of(st.none(), _texts)),
        client_address=draw(_client_addresses),
        at=_AT,
    )
    # Nothing passed: an email that a reader must not take for proven.
    unproven = dict.fromkeys(CHECKS, "FAIL")
    any_verdicts = st.fixed_dictionaries({check: st.sampled_from(sorted(VERDICTS)) for check in CHECKS})
    return Envelope(details, draw(_addresses), draw(st.one_of(st.just(unproven), any_verdicts)), draw(_messages))


def check_envelope(envelope: Envelope) -> None:
    """The block of a hostile envelope says the same as that of an honest one, except for the envelope itself."""
    message = envelope.message
    block = header_block(envelope.details, envelope.recipient, envelope.verdicts, message)
    honest = replace(envelope.details, envelope_from="a@b.example", helo="b.example", client_name="b.example")
    honest_block = header_block(honest, "payroll@in.acme.example", envelope.verdicts, message)

    found, offset = read_ses_headers(block + message)
    expected, _ = read_ses_headers(honest_block)

    assert offset == len(block)
    assert found == replace(expected, envelope_sender=envelope.details.envelope_from, recipient=envelope.recipient), (
        "the envelope changed more than the envelope"
    )
    check_verdicts(found, envelope)


def check_verdicts(found: SesHeaders, envelope: Envelope) -> None:
    """What is read from the block is what the local stack was told to write."""
    verdicts = envelope.verdicts
    if verdicts["dkim"] != "PASS" or envelope.message == FORGED:
        assert found.aligned("forms@acme.example") is (verdicts["dkim"] == "PASS")
    assert found.client_ip == envelope.details.client_address
    assert found.received_at == _AT
    assert (found.spam, found.virus) == (Verdict(verdicts["spam"]), Verdict(verdicts["virus"]))
    for check, read in (("spf", found.spf), ("dkim", found.dkim), ("dmarc", found.dmarc)):
        if verdicts[check] in ("GRAY", "DISABLED"):
            assert read is not Verdict.PASS
        elif check == "spf" or envelope.message == FORGED:
            assert read is Verdict(verdicts[check])
