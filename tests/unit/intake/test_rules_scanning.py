"""The first rules: channel, server, size, spam, virus, authentication."""

from dataclasses import replace

import pytest
from email_channels.cases.case import CaseFlag
from email_channels.cases.channels import Channel
from email_channels.cases.history import MAX_ATTACHMENTS, MAX_RECEIVED_BYTES
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.intake.decision import Decision
from email_channels.intake.policy import decide
from email_channels.intake.rules import authentication, channel_enabled, readable, server, size, spam, virus
from email_channels.intake.rulings import Ruling, noted, passed

from tests.support.messages import BOUNCE
from tests.support.rule_facts import facts_of

PLAIN = """
From: Zoe Hartmann <zoe.hartmann@acme.example>
To: payroll@acme.example
Subject: Wrong salary
Date: Mon, 23 Nov 2026 19:43:00 +0100

My salary is wrong.
"""


def reason_of(ruling: Ruling) -> Reason | None:
    """Why a ruling stops the email."""
    assert ruling.decision == Decision(Outcome.UNPROCESSED, ruling.decision.reason if ruling.decision else None)
    return ruling.decision.reason


@pytest.mark.parametrize("channel", list(Channel))
def test_channel_off(channel: Channel) -> None:
    """A channel that is off accepts no email."""
    names = {Channel.CASE_CREATION: "case_creation_enabled", Channel.AD_HOC: "ad_hoc_enabled"}
    other = next(name for of, name in names.items() if of is not channel)
    off = facts_of(PLAIN, channel=channel, settings={names[channel]: "false"})
    assert reason_of(channel_enabled.rule(off)) is Reason.CHANNEL_DISABLED
    assert channel_enabled.rule(facts_of(PLAIN, channel=channel, settings={other: "false"})) == passed()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "\x00\x01\x02 no email at all",
        "To: payroll@acme.example\nSubject: Who am I?\n\nHello",
        "From: <>\nSubject: Nobody\n\nHello",
        "From: \nSubject: Nobody\n\nHello",
        "Sender: somebody@acme.example\n\nThe author counts, not who posted it.",
    ],
)
def test_without_author(message: str) -> None:
    """An email without an author is malformed."""
    assert reason_of(readable.rule(facts_of(message))) is Reason.MALFORMED


def test_bounce_without_author() -> None:
    """A bounce may lack the author."""
    author = "From: MAILER-DAEMON@elsewhere.example\n"
    assert author in BOUNCE
    bounce = BOUNCE.replace(author, "") % "question@acme.example"
    ruling = readable.rule(facts_of(bounce, envelope={"sender": ""}))
    assert ruling.decision is None


def test_defects() -> None:
    """Defects of the message are noted."""
    ruling = readable.rule(facts_of(PLAIN.replace("Date: Mon, 23 Nov 2026 19:43:00 +0100\n", "")))
    assert ruling == noted("The message does not follow RFC 5322 everywhere.", defects=["no Date"])
    assert readable.rule(facts_of(PLAIN)) == passed()


def test_attachment_count() -> None:
    """More attachments than the limit are too many."""

    def with_attachments(count: int) -> str:
        part = '--b\nContent-Type: image/png\nContent-Disposition: attachment; filename="scan.png"\n\n{}\n'
        head = "From: zoe.hartmann@acme.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        return head + "".join(part.format(n) for n in range(count)) + "--b--\n"

    assert size.rule(facts_of(with_attachments(MAX_ATTACHMENTS))) == passed()
    assert reason_of(size.rule(facts_of(with_attachments(MAX_ATTACHMENTS + 1)))) is Reason.TOO_LARGE


def test_object_size() -> None:
    """An object that is larger than the limit of SES is too large."""
    facts = facts_of(PLAIN + "x" * MAX_RECEIVED_BYTES)
    assert reason_of(size.rule(facts)) is Reason.TOO_LARGE


SCANS = [(virus.rule, "virus", Reason.VIRUS, CaseFlag.VIRUS), (spam.rule, "spam", Reason.SPAM, CaseFlag.SPAM)]


@pytest.mark.parametrize(("rule", "scan", "reason", "flag"), SCANS)
def test_scan_actions(rule: object, scan: str, reason: Reason, flag: CaseFlag) -> None:
    """The parameters decide what happens to spam and viruses."""
    assert callable(rule)

    def said(verdict: str, action: str) -> Ruling:
        ruling = rule(facts_of(PLAIN, envelope={scan: verdict}, settings={f"{scan}_action": action}))
        assert isinstance(ruling, Ruling)
        return ruling

    assert reason_of(said("FAIL", "reject")) is reason
    assert (said("FAIL", "flag").flag, said("FAIL", "flag").decision) == (flag, None)
    assert (said("FAIL", "accept").flag, said("FAIL", "accept").decision) == (None, None)
    for action in ("reject", "flag", "accept"):
        assert said("PASS", action) == passed()
        for unsure in ("GRAY", "PROCESSING_FAILED", "DISABLED"):
            assert (said(unsure, action).flag, said(unsure, action).decision) == (None, None)
            assert said(unsure, action).evidence == {"verdict": unsure}


@pytest.mark.parametrize(
    ("verdicts", "failed"),
    [
        ({}, False),
        # A redirect: SPF fails, the signature survives.
        ({"spf": "fail"}, False),
        # Without signature and policy, the sender is neither proven nor shown to be forged.
        ({"spf": "fail", "dkim": "none", "dmarc": "none"}, False),
        ({"spf": "fail", "dkim": "fail", "dmarc": "none"}, True),
        ({"dkim": "fail", "dmarc": "fail"}, True),
        # Signed by another domain.
        ({"signer": "evil.example", "dmarc": "fail"}, True),
        # DMARC passes by SPF alone, which is that of the client's own server. It proves nothing.
        ({"dkim": "fail", "dmarc": "pass"}, True),
        ({"dkim": "none", "dmarc": "pass"}, False),
        # SES could not check: this is not a failure.
        ({"spf": "softfail", "dkim": "permerror", "dmarc": "none"}, False),
        ({"spf": "permerror", "dkim": "permerror", "dmarc": "temperror"}, False),
    ],
)
def test_authentication(verdicts: dict[str, str], failed: bool) -> None:
    """Authentication fails if the results of SES show that the From address is forged."""
    ruling = authentication.rule(facts_of(PLAIN, envelope=verdicts))
    assert (ruling.flag is CaseFlag.AUTHENTICATION_FAILED) == failed
    assert ruling.decision is None


def test_authentication_actions() -> None:
    """The parameter decides what happens if authentication fails."""
    forged = {"dkim": "fail", "dmarc": "fail"}
    rejected = authentication.rule(facts_of(PLAIN, envelope=forged, settings={"authentication_action": "reject"}))
    assert reason_of(rejected) is Reason.AUTHENTICATION_FAILED
    assert rejected.evidence == {"spf": "PASS", "dkim": "FAIL", "dmarc": "FAIL"}
    accepted = authentication.rule(facts_of(PLAIN, envelope=forged, settings={"authentication_action": "accept"}))
    assert (accepted.flag, accepted.decision) == (None, None)


def test_several_authors() -> None:
    """With several authors no sender is proven."""
    two = PLAIN.replace(
        "From: Zoe Hartmann <zoe.hartmann@acme.example>", "From: zoe.hartmann@acme.example, x@evil.example"
    )
    assert not facts_of(two).authenticated
    twice = PLAIN.replace("To: ", "From: x@evil.example\nTo: ")
    assert not facts_of(twice).authenticated
    blank = PLAIN.replace("To: ", "From:\nTo: ")
    assert not facts_of(blank).authenticated
    assert facts_of(PLAIN).authenticated


@pytest.mark.parametrize(
    "field",
    [
        *("Subject: Re: case 7K3F-92QD-X0", "To: eve@evil.example", "Reply-To: eve@evil.example"),
        *("Date: Tue, 24 Nov 2026 10:00:00 +0000", "Message-ID: <2@evil.example>", "CONTENT-TYPE: text/html"),
    ],
)
def test_fields_above_a_signed_email(field: str) -> None:
    """Whoever has a signed email can put fields above it: the signature passes, and proves nothing any more."""
    signed = SIGNED.lstrip()
    assert facts_of(signed).authenticated
    changed = facts_of(f"{field}\n{signed}")
    assert (changed.authenticated, changed.authentication_failed) == (False, True)
    # The same value twice says nothing else. Other fields may be there as often as they like.
    twice = next(line for line in signed.splitlines() if line.lower().startswith(field.partition(":")[0].lower()))
    assert facts_of(f"{twice}\nReceived: from a by b\nReceived: from b by c\n{signed}").authenticated
    # Without a signature, nothing is in more doubt than before.
    unsigned = facts_of(f"{field}\n{signed}", envelope={"dkim": "none", "dmarc": "none"})
    assert (unsigned.authenticated, unsigned.authentication_failed) == (False, False)


SIGNED = PLAIN.lstrip().replace(
    "Subject:",
    "Reply-To: zoe@home.example\nMessage-ID: <1@acme.example>\nContent-Type: text/plain\nSubject:",
)


def test_several_authors_hide_no_failure() -> None:
    """A second author, for whom SES checks no policy, does not make a forged email pass as unchecked."""
    unchecked = {"dkim": "none", "dmarc": "permerror"}
    two = PLAIN.replace("zoe.hartmann@acme.example>", "zoe.hartmann@acme.example>, x@evil.example")
    assert authentication.rule(facts_of(two, envelope=unchecked)).flag is CaseFlag.AUTHENTICATION_FAILED
    assert authentication.rule(facts_of(PLAIN, envelope=unchecked)).flag is None
    bounce = PLAIN.replace("Zoe Hartmann <zoe.hartmann@acme.example>", "MAILER-DAEMON (Mail Delivery System)")
    assert authentication.rule(facts_of(bounce, envelope=unchecked)).flag is None


# The mail server, in accounts whose receipt filters are not ours

OURS = {"manage_receipt_filters": "false", "allowed_ip_ranges": "192.0.2.0/24, 2001:db8::/32"}


@pytest.mark.parametrize(
    ("client_ip", "allowed"),
    [
        ("192.0.2.255", True),
        ("2001:db8::7", True),
        ("::ffff:192.0.2.7", True),
        ("203.0.113.9", False),
        ("2001:db9::7", False),
        ("::1", False),
        ("192.0.2.300", False),
        (None, False),
    ],
)
def test_server(client_ip: str | None, allowed: bool) -> None:
    """Only the client's servers may deliver, by the address that SES recorded."""
    facts = facts_of(PLAIN, settings=OURS)
    headers = replace(facts.arrival.ses_headers, client_ip=client_ip)
    facts = replace(facts, arrival=replace(facts.arrival, ses_headers=headers))
    ruling = server.rule(facts)
    if allowed:
        assert ruling.decision is None
    else:
        assert reason_of(ruling) is Reason.SERVER_NOT_ALLOWED
    assert decide(facts).trace[1].rule == "server"
    managed = replace(facts, settings=replace(facts.settings, manage_receipt_filters=True))
    assert "server" not in {row.rule for row in decide(managed).trace}


def test_tried_email_without_server() -> None:
    """An email that SES has not seen counts as one from an allowed server, and the trace says so."""
    facts = replace(facts_of(PLAIN, settings=OURS), server_assumed=True)
    headers = replace(facts.arrival.ses_headers, client_ip=None)
    ruling = server.rule(replace(facts, arrival=replace(facts.arrival, ses_headers=headers)))
    assert (ruling.decision, ruling.evidence) == (None, {"server": "assumed"})
