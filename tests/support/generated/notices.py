"""Generated hostile senders and subjects: whatever they are, each notice can be written, and holds what it must.

`make fuzz` tries many, a unit test a few. The senders come through the parser and through the limits of storage, as
those of emails do; others are put into the stored email as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from typing import Final

from email_channels.addresses import normalise
from email_channels.cases.case import Case, EmployeeSnapshot
from email_channels.cases.channels import Channel
from email_channels.cases.reasons import Reason
from email_channels.cases.templates import SystemText, Template
from email_channels.cases.unprocessed import Unprocessed
from email_channels.intake import storage_limits
from email_channels.mail.message import Address
from email_channels.mail.parsing import parse_message
from email_channels.outbound.automatic_recipients import can_receive_notices
from email_channels.outbound.case_notices import acknowledgement, group_alert, sender_copy
from email_channels.outbound.composing import compose
from email_channels.outbound.merge_fields import SYSTEM_FIELDS
from email_channels.outbound.notices import digest, error_notification
from email_channels.outbound.replaced_texts import MailboxTexts
from email_channels.settings import Language
from hypothesis import strategies as st

from tests.support.blank_records import blank_case, blank_email

_AT: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)
_FROM: Final = Address("Email Channels", "cases@acme.example")
_ADMINS: Final = ["one@acme.example", "two@acme.example"]
_MARK: Final = "notification 7K3F92QDX0 abcdef"
_MOST_IN_A_LINE: Final = 998
_PIECES: Final = (
    '"', "<", ">", "@", "\\", "(", ")", ",", ";", ":", " ", ".", "..", "\r\n", "\n", "\r", "\t", "\0", "\x7f", "\x85",
    "\u2028", "\udcff", "\ud800", "\u202e", "\u200d", "\U000e0041", "a", "jo", "doe", "a b", "jö", "é", "İ", "ß", "ς",
    "elsewhere.example", "xn--", "xn--a.example", "xn--zz--zz", "-", "--", "_", "[127.0.0.1]", "[IPv6:::1]",
    "=?utf-8?q?", "=?x?=", "?=", "=?utf-8?b?PA==?=", "Bcc: victim@elsewhere.example", "%", "!", "'", "x" * 64,
    "x" * 300, "\u3002", "\uff0e", "\uff20", "\u0663", "\u0301", "\u200b", "☃", "例え.jp",
)  # fmt: skip
_texts: Final = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), max_size=8).map("".join)
_addresses: Final = st.one_of(
    _texts,
    st.tuples(_texts, _texts).map("@".join),
    _texts.map("{}@elsewhere.example".format),
    _texts.map("jo@{}".format),
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """What a sender wrote. `from_` is a From field, `name` and `address` are as the parser might return them."""

    from_: bytes
    name: str
    address: str
    subject: str
    message_id: str


def hostile_senders() -> st.SearchStrategy[Hostile]:
    """A strategy for what a sender may write."""
    fields = st.one_of(
        _texts, _addresses.map("<{}>".format), st.tuples(_texts, _addresses).map(lambda pair: f"{pair[0]} <{pair[1]}>")
    ).map(lambda text: text.replace("\r", "").replace("\n", " ").encode("utf-8", "surrogatepass"))
    return st.builds(Hostile, fields, _texts, _addresses, _texts, _texts)


def check_notices(hostile: Hostile) -> None:
    """Every notice about the email is written, has valid headers, and goes to nobody whom the sender named in it."""
    message = parse_message(b"From: " + hostile.from_ + b"\r\nSubject: x\r\n\r\nHello\r\n")
    senders = [Address(hostile.name, hostile.address), *([message.from_] if message.from_ else [])]
    for sender in senders:
        for kept in (sender, storage_limits.limit_address(sender)):
            _check(kept, hostile)
    _check(None, hostile)


def _check(sender: Address | None, hostile: Hostile) -> None:
    email = blank_email(
        email_id="06H0KDP467K3F92QDX0",
        from_=sender,
        to=(Address(hostile.name, hostile.address),),
        subject=hostile.subject,
        at=_AT,
        message_id=hostile.message_id,
        references=(hostile.message_id, hostile.address),
    )
    item = Unprocessed("7K3F92QDX0", Channel.AD_HOC, None, Reason.MALFORMED, _AT, hostile.address, False, email)
    purge_after = _AT + timedelta(days=30)
    for original in (None, b"From: " + hostile.from_ + b"\r\n\r\nHello\r\n"):
        written = error_notification(
            item, from_=_FROM, to=_ADMINS, original=original, no_original="", link="https://api.example",
            purge_after=purge_after, loop_mark=_MARK,
        )  # fmt: skip
        _check_message(written, _ADMINS)
    listed = digest(
        [item, replace(item, mailbox=hostile.address)], from_=_FROM, to=_ADMINS, link="https://api.example/{}".format,
        purge_after=purge_after, loop_mark=_MARK,
    )  # fmt: skip
    _check_message(listed, _ADMINS)
    case = _case(email, hostile)
    texts = _notice_texts(hostile)
    alert = group_alert(
        case, texts=texts, from_=_FROM, to="group@acme.example", group=hostile.name, link="https://api.example",
        loop_mark=_MARK,
    )  # fmt: skip
    _check_message(alert, ["group@acme.example"])
    if sender is None:
        return
    if can_receive_notices(sender.address):
        for neutral in (False, True):
            answer = acknowledgement(
                case, texts=texts, from_=_FROM, to=sender, reply_to="answers@acme.example", subject=hostile.subject,
                reference="[#7K3F92QDX0-abcdef]", neutral=neutral,
            )  # fmt: skip
            _check_message(compose(answer), [sender.address])
        copy = sender_copy(texts=texts, from_=_FROM, to=sender, mailbox=hostile.address, received_at=_AT)
        _check_message(copy, [sender.address])


def _notice_texts(hostile: Hostile) -> MailboxTexts:
    """Shipped texts in any language, or templates that insert everything."""
    language = list(Language)[len(hostile.subject) % len(Language)]
    if len(hostile.name) % 2:
        return MailboxTexts(language, hostile.subject)
    return MailboxTexts(language, hostile.subject, {text: _inserting_all(text) for text in SystemText})


def _inserting_all(text: SystemText) -> Template:
    fields = " ".join(f"{{{{ {field} }}}}" for field in SYSTEM_FIELDS[text])
    return Template(text, "Everything", None, fields, fields, f"<p title='{fields}'>{fields}</p>")


def _case(email: object, hostile: Hostile) -> Case:
    return blank_case(
        case_id="7K3F92QDX0",
        subject=hostile.subject or "Pay",  # a template without a value would be replaced by the shipped text
        topic=hostile.name or "Pay",
        service_group="payroll",
        mailbox=hostile.address or "payroll@acme.example",
        employee=EmployeeSnapshot(hostile.name, hostile.name or "Kim", hostile.address),
        show_to_employee=True,
        email=email,
    )


def _check_message(written: bytes, to: list[str]) -> None:
    head = written.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert max(map(len, written.split(b"\r\n"))) <= _MOST_IN_A_LINE
    message: Message = message_from_bytes(written)
    assert message["Bcc"] is None
    assert message["Cc"] is None
    assert not message.defects
    addressed = [address for _, address in getaddresses([str(message["To"])])]
    assert [normalise(address) for address in addressed] == [normalise(address) for address in to]
    assert all(address.count("@") == 1 and " " not in address for address in addressed)
