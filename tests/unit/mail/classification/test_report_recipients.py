# ruff: noqa: E501  # the lines of emails are not wrapped
"""The recipients of bounces: what each field and each line says, and what it almost says."""

from __future__ import annotations

import pytest
from email_channels.mail.classification import FailedRecipient, Kind, classify
from email_channels.mail.classification.delivery_reports import read_reports
from email_channels.mail.limits import MAX_REPORT_RECIPIENTS
from email_channels.mail.parsing import parse_message


def described(*reports: str, original: set[str] | None = None) -> list[tuple[str, str, str, str]]:
    """The recipients that these reports name."""
    found = read_reports((report.encode() for report in reports), original or set())
    return [(one.address, one.action, one.status, one.diagnostic) for one in found]


LEE = "Final-Recipient: rfc822; lee@example.net\n"

# fields besides Final-Recipient -> action, status, diagnostic
FIELDS = {
    "": ("", "", ""),
    "Action: failed": ("failed", "", ""),
    "Action: FAILED": ("failed", "", ""),
    "Action: failed (twice)": ("failed", "", ""),
    "Action: failed twice": ("failed", "", ""),
    "Action: fail": ("failed", "", ""),
    "Action: failure": ("failed", "", ""),
    "Action: failed, at once": ("failed", "", ""),
    "Action: delay": ("delayed", "", ""),
    "Action: delayed": ("delayed", "", ""),
    "Action: relayed": ("relayed", "", ""),
    "Action: expanded": ("expanded", "", ""),
    "Action: delivered": ("delivered", "", ""),
    "Action: other": ("other", "", ""),
    "Status: 5.1.1": ("failed", "5.1.1", ""),
    "Status: 4.4.1": ("delayed", "4.4.1", ""),
    "Status: 2.0.0": ("delivered", "2.0.0", ""),
    "Status: 5.1.1 (bad)": ("failed", "5.1.1", ""),
    "Status: 3.1.1": ("", "", ""),
    "Status: 15.1.1": ("", "", ""),
    "Status: 5.1.1\nAction: delayed": ("delayed", "5.1.1", ""),
    "Status: 5.0.0\nDiagnostic-Code: smtp; 550 5.7.1 no": ("failed", "5.7.1", "550 5.7.1 no"),
    "Status: 5.0.0\nDiagnostic-Code: smtp; 550 no": ("failed", "5.0.0", "550 no"),
    "Status: 5.1.0\nDiagnostic-Code: smtp; 550 5.7.1 no": ("failed", "5.1.0", "550 5.7.1 no"),
    "Diagnostic-Code: smtp; 450 4.2.2 full": ("delayed", "4.2.2", "450 4.2.2 full"),
    "Diagnostic-Code: X-Notes;full": ("", "", "full"),
    "Diagnostic-Code: full": ("", "", "full"),
    "Diagnostic-Code: a b; full": ("", "", "a b; full"),
    "Diagnostic-Code: smtp; one\n  two": ("", "", "one two"),
    "Action: failed\nAction: delayed": ("failed", "", ""),
}


@pytest.mark.parametrize("fields", FIELDS)
def test_fields(fields: str) -> None:
    """Action, status and diagnostic of one recipient."""
    ((address, *values),) = described(f"{LEE}{fields}\n")

    assert address == "lee@example.net"
    assert (values[0], values[1], " ".join(values[2].split())) == FIELDS[fields]


# the value of Final-Recipient -> the address; None if there is no recipient
ADDRESSES = {
    "rfc822; lee@example.net": "lee@example.net",
    "rfc822;lee@example.net": "lee@example.net",
    "lee@example.net": "lee@example.net",
    "RFC822; <lee@example.net>": "lee@example.net",
    "rfc822; < lee@example.net >": "lee@example.net",
    "rfc822; \"lee@example.net\"": "lee@example.net",
    "rfc822; 'lee@example.net'": "lee@example.net",
    "rfc822; Lee (lee@example.net)": "lee@example.net",
    "rfc822; lee@localhost": "lee@localhost",
    "rfc822; lee": "lee",
    "rfc822; lee miller": "lee",
    "unknown; lee": None,
    "X-UNKNOWN; lee": None,
    "unknown; lee@example.net": "lee@example.net",
    "rfc822;": None,
    "": None,
}  # fmt: skip


@pytest.mark.parametrize("value", ADDRESSES)
def test_address(value: str) -> None:
    """The address in Final-Recipient, with and without its type, brackets and quotes."""
    wanted = ADDRESSES[value]

    assert [one[0] for one in described(f"Final-Recipient: {value}\nAction: failed\n")] == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("fields", "original", "address"),
    [
        ("Original-Recipient: rfc822;a@x.example\nFinal-Recipient: rfc822;b@x.example", set(), "a@x.example"),
        ("Original-Recipient: rfc822;a@x.example\nFinal-Recipient: rfc822;B@x.example", {"b@x.example"}, "B@x.example"),
        ("Original-Recipient: rfc822;a\nFinal-Recipient: rfc822;b@x.example", set(), "b@x.example"),
        ("Original-Recipient: rfc822;a\nFinal-Recipient: rfc822;b", set(), "a"),
        ("X-Actual-Recipient: rfc822;c@x.example", set(), "c@x.example"),
        ("Final-Recipient: rfc822;b\nX-Actual-Recipient: rfc822;c@x.example", set(), "c@x.example"),
        ("X-Recipient: rfc822;c@x.example", set(), None),
    ],
)
def test_which_address(fields: str, original: set[str], address: str | None) -> None:
    """The address to which the sender wrote is shown, if it is known."""
    assert [one[0] for one in described(fields, original=original)] == ([address] if address else [])


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("between", ["\n", "\n \t\n", "\n\n\n", "", "\n \n \n\n"])
def test_groups(between: str, ends: str) -> None:
    """Each recipient is a group of fields, with blank lines between them, or with none."""
    report = f"\n\nReporting-MTA: dns; x\n{between}{LEE}Action: failed\n{between}{LEE.replace('lee', 'kim')}Action: delayed\n\n"

    found = described(report.replace("\n", ends))

    assert [one[:2] for one in found] == [("lee@example.net", "failed"), ("kim@example.net", "delayed")]


def test_each_once() -> None:
    """A recipient that is named again, in whatever case, counts once: the first time."""
    upper = LEE.replace("lee", "LEE")

    assert described(f"{LEE}Action: failed\n", f"{upper}Action: delayed\n") == [("lee@example.net", "failed", "", "")]


def test_limit() -> None:
    """So many recipients are read, and no more."""
    many = "\n".join(LEE.replace("lee", f"lee{n}") for n in range(MAX_REPORT_RECIPIENTS + 1))

    assert len(described(many)) == MAX_REPORT_RECIPIENTS
    assert len(described(*many.split("\n\n"))) == MAX_REPORT_RECIPIENTS


def bounce(text: str, *head: str, parts: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """The recipients of a bounce without a report, to pay@acme.example."""
    lines = ["Return-Path: <>", "From: MAILER-DAEMON@mx.example.org", "To: pay@acme.example", *head]
    body = f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    if parts:
        body = (
            f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{body}"
            + "".join(f"--b\n{x}\n" for x in parts)
            + "--b--\n"
        )
    found = classify(parse_message("\n".join((*lines, body)).encode()))
    assert found.kind is Kind.BOUNCE
    return [(one.address, one.action, one.status) for one in found.recipients]


FAILED = [("lee@example.net", "failed", "")]
DELAYED = [("lee@example.net", "delayed", "")]

# name -> text, headers, recipients
TEXTS = {
    "an address in a sentence": ("We wrote to lee@example.net. Sorry.", (), FAILED),
    "the reader's own address": ("pay@acme.example wrote to lee@example.net.", (), FAILED),
    "only the reader's own address": ("PAY@acme.example wrote.", (), []),
    "the server's own address": ("Ask postmaster@mx.example.org about lee@example.net.", (), FAILED),
    "only the server's address": ("Ask Mailer-Daemon@mx.example.org.", (), []),
    "no address": ("Sorry.", (), []),
    "several in sentences": ("We wrote to lee@example.net and kim@example.net.", (), FAILED),
    "one at the beginning of a line": ("See help@example.net.\nlee@example.net: unknown\n", (), FAILED),
    "one behind To": ("See help@example.net.\n  To: <lee@example.net>\n", (), FAILED),
    "one that was generated": ("lee@example.net\n (generated from kim@example.net)\nkim@example.net", (), FAILED),
    "one that was expanded": ("lee@example.net\n (expanded from: <kim@example.net>)\nkim@example.net", (), FAILED),
    "nothing but origins": ("x (generated from lee@example.net)", (), FAILED),
    "delayed by subject": ("lee@example.net", ("Subject: Delivery delayed",), DELAYED),
    "delayed, not yet": ("lee@example.net", ("Subject: Not yet delivered",), DELAYED),
    "delayed, still trying": ("lee@example.net", ("Subject: Still trying",), DELAYED),
    "delayed, a warning": ("lee@example.net", ("Subject: Warning: could not send message",), DELAYED),
    "delayed, will go on": ("lee@example.net", ("Subject: We will keep trying",), DELAYED),
    "delayed for a time": ("lee@example.net", ("Subject: Temporary failure",), DELAYED),
    "delayed in German": ("lee@example.net", ("Subject: =?utf-8?Q?Zustellung_VERZ=C3=96GERT?=",), DELAYED),
    "delayed in Dutch": ("lee@example.net", ("Subject: Bericht vertraagd",), DELAYED),
    "not delayed": ("lee@example.net", ("Subject: Relay denied",), FAILED),
    "a status": ("lee@example.net: 5.1.1 unknown", (), [("lee@example.net", "failed", "5.1.1")]),
    "a status for later": ("lee@example.net: 4.2.2 full", (), [("lee@example.net", "delayed", "4.2.2")]),
    "a code": ("lee@example.net: 550 unknown", (), FAILED),
    "a code for later": ("lee@example.net: 450 full", (), DELAYED),
    "a code for later, given up": ("lee@example.net: 450 full", ("Subject: Delivery (Failure)",), FAILED),
    "a code for later, returned": ("lee@example.net: 450 full", ("Subject: Returned mail",), FAILED),
    "a code for later, failed": ("lee@example.net: 450 full", ("Subject: Delivery failed",), FAILED),
    "a code for later, undelivered": ("lee@example.net: 450 full", ("Subject: Undeliverable mail",), FAILED),
    "a code for later, and a delay": ("lee@example.net: 450 full, will be retried", ("Subject: Delivery failure",), DELAYED),
    "a code for later, not given up": ("lee@example.net: 450 full", ("Subject: Unfailing delivery",), DELAYED),
    "a code at the end": ("lee@example.net: 450", (), DELAYED),
    "almost a code": ("lee@example.net: 4500 full", (), FAILED),
    "part of a number": ("lee@example.net: 1.450 full", (), FAILED),
    "a status before the only address": ("4.2.2 for lee@example.net", (), [("lee@example.net", "delayed", "4.2.2")]),
    "a status before one of two": (
        "4.2.2\nlee@example.net\n\n\n\nkim@example.net",
        (),
        [("lee@example.net", "failed", ""), ("kim@example.net", "failed", "")],
    ),
    "a header": ("Sorry.", ("X-Failed-Recipients: lee@example.net, kim@example.net",), [*FAILED, ("kim@example.net", "failed", "")]),
    "two headers": (
        "Sorry.",
        ("X-Failed-Recipients: lee@example.net", "X-Failed-Recipients: kim@example.net"),
        [*FAILED, ("kim@example.net", "failed", "")],
    ),
    "a header of one": ("kim@example.net", ("X-Failed-Recipient: lee@example.net",), FAILED),
    "a header of a daemon": ("kim@example.net", ("X-Mailer-Daemon-Recipients: lee@example.net",), FAILED),
    "twice in a header": ("Sorry.", ("X-Failed-Recipients: lee@example.net, LEE@example.net",), FAILED),
    "fields in the text": ("Sorry.\n\nfinal-recipient : rfc822; lee@example.net\naction: delayed\n", (), DELAYED),
    "almost fields": ("See Final-Recipient: kim@example.net\nlee@example.net", (), FAILED),
    "the returned email": ("lee@example.net\n\n" + "Some words above. " * 3 + "\n\n--- Below this line is a copy of the message.\n\nTo: kim@example.net\nkim@example.net: x\n", (), FAILED),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_text(name: str) -> None:
    """Recipients and actions that the headers and the text of a bounce name."""
    text, head, recipients = TEXTS[name]

    assert bounce(text, *head) == recipients


RETURNED = "Content-Type: message/rfc822\n\nFrom: pay@acme.example\nTo: Lee@example.net{more}\nMessage-ID: <m@acme.example>\n\nHello\n"


def test_returned_email() -> None:
    """The recipients of the returned email decide which address of the text failed."""
    one, two = RETURNED.format(more=""), RETURNED.format(more=", kim@example.net")

    assert bounce("Ask help@example.net about lee@example.net", parts=(one,)) == FAILED
    assert bounce("kim@example.net\nand lee@example.net", parts=(one,)) == FAILED
    assert bounce("Sorry.", parts=(one,)) == [("lee@example.net", "failed", "")]
    assert bounce("Sorry.", parts=(two,)) == []
    assert bounce("lee@example.net\n (generated from kim@example.net)\nkim@example.net", parts=(two,)) == [
        ("lee@example.net", "failed", ""),
        ("kim@example.net", "failed", ""),
    ]


@pytest.mark.parametrize(
    ("content_type", "recipients"),
    [
        ("text/plain; name=details.txt\nContent-Disposition: attachment", DELAYED),
        ("application/octet-stream", DELAYED),
        ("application/pdf", []),
    ],
)
def test_mistyped_report(content_type: str, recipients: list[tuple[str, str, str]]) -> None:
    """A report may be in a text file or in a file of unknown type, below other words."""
    report = f"Content-Type: {content_type}\n\nDetails:\n\nReporting-MTA: dns; x\n\n{LEE}Action: delayed\n"

    assert bounce("Sorry.", parts=(report,)) == recipients


def test_diagnostic() -> None:
    """What the server said is what stands behind the address, on one line, up to a gap or 500 characters."""
    raw = "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nTo: pay@acme.example\n\n<lee@example.net>:\n 550  no\n\nuser\n\n\n\nBye\n"
    found = classify(parse_message(raw.encode())).recipients
    long = classify(parse_message(raw.replace("no", "no" * 400).encode())).recipients

    assert found == (FailedRecipient("lee@example.net", "failed", "", "550 no user"),)
    assert len(long[0].diagnostic) == 500
    header = raw.replace("<lee@example.net>", "Sorry").replace("\n\n", "\nX-Failed-Recipients: lee@example.net\n\n", 1)
    assert classify(parse_message(header.encode())).recipients[0].diagnostic == ""


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("<lee@example.net>\nYou do not need to resend your message.", "delayed"),
        ("<lee@example.net>\nEs wird weiterhin versucht, die Nachricht zuzustellen.", "delayed"),
        ("<lee@example.net>\nIl n'est pas nécessaire de le renvoyer : nouvelles tentatives.", "delayed"),
        ("<lee@example.net>\nPengiriman akan dicoba\nkembali setiap jam.", "delayed"),
        ("<lee@example.net>\n送信を再試行します。", "delayed"),
        ("<lee@example.net>\n550 5.1.1 no such user. You do not need to resend your message.", "failed"),
        ("<lee@example.net>\nPlease resend your message.", "failed"),
        ("<lee@example.net>:\nconnection died. (#4.4.2)\nI'm not going to try again.", "failed"),
        ("<lee@example.net>:\nconnection died. (#4.4.2)", "delayed"),
        ("<lee@example.net>\n (generated from lee@example.net)\nfull", "failed"),
    ],
)
def test_server_tries_again(text: str, action: str) -> None:
    """Without a code, the words say whether the server goes on trying."""
    assert [one[1] for one in bounce(text)] == [action]


def test_reasons_of_a_list() -> None:
    """Each reason ends above the next address, and the recipients are in the order of the text."""
    raw = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nTo: pay@acme.example\n\nHi. This is the qmail-send program at x.\n\n"
        "<zoe@example.net>:\n550 no such user (#5.1.1)\n\n<ann@example.net>:\nmailbox full (#4.2.2)\n"
    )

    found = classify(parse_message(raw.encode())).recipients

    assert [(one.address, one.diagnostic) for one in found] == [
        ("zoe@example.net", "550 no such user (#5.1.1)"),
        ("ann@example.net", "mailbox full (#4.2.2)"),
    ]


ID = "Message-ID: <m@acme.example>"


@pytest.mark.parametrize(
    ("text", "head", "original"),
    [
        (f"Sorry.\n\n{ID}\n", (), "m@acme.example"),
        (f"Sorry.\n\n> {ID.lower()}\n", (), "m@acme.example"),
        (f"Sorry.\n\nAbout {ID}\n", (), None),
        ("Sorry.\n\nMessage-ID: m@acme.example\n", (), "m@acme.example"),
        (f"> Message-ID: <first@acme.example>\n\n----- Original message -----\n{ID}\n", (), "m@acme.example"),
        ("Sorry.", ("In-Reply-To: <m@acme.example>", "References: <z@acme.example>"), "m@acme.example"),
        ("Sorry.", ("References: <a@acme.example> <m@acme.example>",), "m@acme.example"),
        ("Sorry.", (), None),
    ],
)
def test_original(text: str, head: tuple[str, ...], original: str | None) -> None:
    """The Message-ID of the returned email: in the text, or in the headers of the bounce."""
    lines = ("Return-Path: <>", "From: MAILER-DAEMON@mx.example.org", *head, "", text)

    assert classify(parse_message("\n".join(lines).encode())).original_message_id == original


@pytest.mark.parametrize(
    "content_type",
    ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"],
)
def test_types_of_returned_email(content_type: str) -> None:
    """The returned email, or its headers only, in all types; recipients are in To, Cc and two others."""
    part = f"Content-Type: {content_type}\n\n\nCc: lee@example.net\n{ID}\nMessage-ID: <other@acme.example>\n\nHello\n"
    raw = f"From: MAILER-DAEMON@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSorry.\n--b\n{part}\n--b--\n"
    for name in ("Cc", "To", "Delivered-To", "X-Original-To"):
        found = classify(parse_message(raw.replace("Cc", name).encode()))
        assert found.original_message_id == "m@acme.example"
        assert [one.address for one in found.recipients] == ["lee@example.net"]
    other = classify(parse_message(raw.replace("Cc", "X-To").replace(content_type, "text/x-other").encode()))
    assert (other.original_message_id, other.recipients) == (None, ())
