"""The limits of what people are shown, in responses and in emails."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import cast

from email_channels.addresses import ascii_address
from email_channels.api.case_views import MAX_TEXT_BYTES, _headers, cut, trace_json
from email_channels.api.html_sanitising import sanitise
from email_channels.api.paging import _ENVELOPE_BYTES, Paging, page_response
from email_channels.api.requests import dump
from email_channels.cases.channels import Channel
from email_channels.cases.history import Direction
from email_channels.cases.reasons import Reason
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.trace import RuleResult, RuleVerdict
from email_channels.cases.unprocessed import Unprocessed
from email_channels.followup.notifications import Notifier
from email_channels.mail.message import Address
from email_channels.outbound import notice_fields
from email_channels.outbound.ad_hoc.threads import candidates
from email_channels.outbound.automatic_recipients import can_receive_notices
from email_channels.outbound.case_notices import AlertReason, group_alert
from email_channels.outbound.drafts import Draft
from email_channels.outbound.header_fields import header_field, thread_references
from email_channels.outbound.mime_parts import _fits_8bit
from email_channels.outbound.notices import digest
from email_channels.outbound.replaced_texts import MailboxTexts
from email_channels.outbound.sending import _subject
from email_channels.settings import Language

from functions.setup.app import _answer
from functions.setup.receipt_filters import ranges
from tests.support.blank_records import AT, blank_case, blank_email
from tests.support.originals import received

_ITEM = Unprocessed("7K3F92QDX0", Channel.CASE_CREATION, None, Reason.SENDER_NOT_FOUND, AT, None, False, blank_email())


def text_bytes(count: int) -> bool:
    """As JSON with its quotes."""
    return cut("x" * (count - 2), MAX_TEXT_BYTES) == "x" * (count - 2)


def headers_bytes(count: int) -> bool:
    empty = len(json.dumps(["X", ""]))
    headers = [("X", "x" * (count // 2 - empty)), ("X", "x" * (count - count // 2 - empty))]
    return len(_headers(headers)) == 2


def trace_bytes(count: int) -> bool:
    def row(size: int) -> RuleResult:
        return RuleResult("rule", RuleVerdict.PASS, "x" * (size - empty), {})

    empty = 0
    empty = len(json.dumps(trace_json([row(0)])[0]))
    return len(trace_json([row(count // 2), row(count - count // 2)])) == 2


def body_bytes(count: int) -> bool:
    """Of a page: the second item is on it."""
    left = count - _ENVELOPE_BYTES - 2 - len(dump("")) * 2
    items = [("x" * size, f"{size}") for size in (left // 2, left - left // 2)]
    shown = page_response(Paging(50, None, ""), items, None).body
    return len(json.loads(shown or "")["items"]) == 2


def html_characters(count: int) -> bool:
    return sanitise("x" * count) == "x" * count


def html_tags(count: int) -> bool:
    return sanitise("<br>" * count) == "<br>" * count


def clean_html_characters(count: int) -> bool:
    """A link becomes eight times as long."""
    links = 14_000
    return len(sanitise("<a></a>" * links + "x" * (count - links * len(sanitise("<a></a>"))))) == count


def attached_original(count: int) -> bool:
    """Of what the sender sent: the header block of SES does not count."""
    item = Unprocessed(
        *(_ITEM.id, _ITEM.channel, None, _ITEM.reason, AT, None, False, blank_email(raw_key="raw/case_creation/1"))
    )
    sent = b"Subject: s\r\n\r\n"
    raw = received(sent + b"x" * (count - len(sent)))
    notifier = cast("Notifier", SimpleNamespace(_mail=SimpleNamespace(read=lambda _: raw)))
    original = Notifier._original(notifier, item)
    return original.content is not None and len(original.content) == count


def digest_rows(count: int) -> bool:
    sender = Address("", "cases@acme.example")
    try:
        digest([_ITEM] * count, from_=sender, to=["a@b"], link=lambda _: None, purge_after=AT, loop_mark="m")
    except ValueError:
        return False
    return True


def notice_subject(count: int) -> bool:
    return notice_fields.cut("x" * count) == "x" * count


def notice_address(count: int) -> bool:
    domain = ".".join(["x" * 47] * 4)
    address = "j" * (count - len(domain) - 1) + f"@{domain}"
    assert ascii_address(address) == address
    return can_receive_notices(address)


def recipients_of_an_alert(count: int) -> bool:
    """An alert names all recipients of an email that failed."""
    failed = tuple(Recipient(f"a{n}@b", "", RecipientRole.TO, RecipientState.FAILED) for n in range(count))
    alert = group_alert(
        blank_case(),
        texts=MailboxTexts(Language.ENGLISH),
        from_=Address("", "cases@acme.example"),
        to="group@acme.example",
        group="Payroll",
        link=None,
        loop_mark="m",
        reason=AlertReason.FAILURE,
        email=blank_email(direction=Direction.OUTBOUND, recipients=failed),
    )
    return f"a{count - 1}@b".encode() in alert


def copied_subject(count: int) -> bool:
    """Of the case, for an agent's email that has none."""
    draft = Draft((), None, "text", None, {}, None)
    return _subject(draft, blank_case(subject="x" * count), None) == "x" * count


def references(count: int) -> bool:
    ids = tuple(f"{n}@b" for n in range(count))
    return thread_references(ids) == ids


def references_characters(count: int) -> bool:
    """Two ids, each with a blank and brackets."""
    ids = ("a" * 480, "b" * (count - 480 - 6))
    return thread_references(ids) == ids


def line_characters(count: int) -> bool:
    """Of a folded header field."""
    return header_field("X", ["x" * 40, "x" * (count - len("X: ") - 40 - 1)]).count("\r\n") == 1


def attached_line(count: int) -> bool:
    """Of an attached email, which is sent as it is."""
    return _fits_8bit(b"Subject: s\r\n\r\n" + b"x" * count)


def unknown_addresses(count: int) -> bool:
    """Of a "reply to all": they may be ours, or its people are others."""
    others = tuple(Address("", f"a{n}@acme.example") for n in range(count))
    email = blank_email(from_=Address("", "jo@b.example"), to=(Address("", "kim@b.example"), *others), message_id="m@b")
    return len(candidates([email], [Address("", "jo@b.example"), Address("", "kim@b.example")])) == 1


def allowed_ranges(count: int) -> bool:
    """One filter blocks all others."""
    try:
        return len(ranges(",".join(f"192.0.2.{n}/32" for n in range(count - 1)))) == count - 1
    except ValueError:
        return False


def reason_characters(count: int) -> bool:
    """Of the answer to CloudFormation."""
    event = dict.fromkeys(("LogicalResourceId", "StackId", "RequestId"), "x")
    return _answer(event, "FAILED", "x" * count, {})["Reason"] == "x" * count


BOUNDS: Sequence[tuple[str, Callable[[int], bool]]] = (
    ("api.case_views.MAX_TEXT_BYTES", text_bytes),
    ("api.case_views.MAX_HEADERS_BYTES", headers_bytes),
    ("api.case_views.MAX_TRACE_BYTES", trace_bytes),
    ("api.requests.MAX_BODY_BYTES", body_bytes),
    ("api.html_sanitising.MAX_CHARACTERS", html_characters),
    ("api.html_sanitising.MAX_TAGS", html_tags),
    ("api.html_sanitising.MAX_CLEAN_CHARACTERS", clean_html_characters),
    ("followup.notifications.MAX_ATTACHED_ORIGINAL_BYTES", attached_original),
    ("outbound.notices.MAX_DIGEST_ROWS", digest_rows),
    ("outbound.automatic_recipients._MAX_ADDRESS", notice_address),
    ("outbound.notice_fields.MAX_SUBJECT_CHARACTERS", notice_subject),
    ("outbound.case_notices._MOST_RECIPIENTS", recipients_of_an_alert),
    ("outbound.sending.MAX_SUBJECT_CHARACTERS", copied_subject),
    ("outbound.header_fields.MAX_REFERENCES", references),
    ("outbound.header_fields.MAX_REFERENCES_CHARACTERS", references_characters),
    ("outbound.header_fields._MAX_LINE", line_characters),
    ("outbound.mime_parts.MAX_LINE_BYTES", attached_line),
    ("outbound.ad_hoc.threads._MOST_OTHERS", unknown_addresses),
    ("functions.setup.receipt_filters.MOST_FILTERS", allowed_ranges),
    ("functions.setup.app.LONGEST_REASON", reason_characters),
)
