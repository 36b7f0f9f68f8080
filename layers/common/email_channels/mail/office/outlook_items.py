"""What Outlook and Exchange send besides emails: recalls and answers to invitations, known by their class.

A class stands in the winmail.dat ([MS-OXTNEF], attMessageClass), or, from old versions of Exchange, in the header
Content-Class.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from email_channels.mail.containers.tnef import message_class
from email_channels.mail.message import Attachment

_TNEF_TYPES: Final = ("application/ms-tnef", "application/vnd.ms-tnef")


class OutlookItem(StrEnum):
    """The kinds of items that are known. The value says what the sender did; None is written for the others."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentatively accepted"
    RECALL = "recall"
    RECALL_REPORT = "recall report"
    ABSENCE = "absence"
    READ_RECEIPT = "read receipt"


# The beginning of a class in lower case ([MS-OXCMSG], and Microsoft Schedule+).
_CLASSES: Final = {
    "ipm.schedule.meeting.resp.pos": OutlookItem.ACCEPTED,
    "ipm.microsoft schedule.mtgrespp": OutlookItem.ACCEPTED,
    "ipm.schedule.meeting.resp.neg": OutlookItem.DECLINED,
    "ipm.microsoft schedule.mtgrespn": OutlookItem.DECLINED,
    "ipm.schedule.meeting.resp.tent": OutlookItem.TENTATIVE,
    "ipm.microsoft schedule.mtgrespa": OutlookItem.TENTATIVE,
    "ipm.outlook.recall": OutlookItem.RECALL,
    "ipm.recall.report": OutlookItem.RECALL_REPORT,
    "ipm.note.rules.ooftemplate": OutlookItem.ABSENCE,
    "ipm.note.rules.externalooftemplate": OutlookItem.ABSENCE,
    "report.ipm.note.ipnrn": OutlookItem.READ_RECEIPT,
    "report.ipm.note.ipnnrn": OutlookItem.READ_RECEIPT,
    "ipm.microsoft mail.read receipt": OutlookItem.READ_RECEIPT,
}
_CONTENT_CLASSES: Final = {
    "urn:content-classes:recallmessage": OutlookItem.RECALL,
    "urn:content-classes:recallreport": OutlookItem.RECALL_REPORT,
}
_ANSWERS: Final = (OutlookItem.ACCEPTED, OutlookItem.DECLINED, OutlookItem.TENTATIVE)
_RECALL_PREFIX: Final = "recall:"


def outlook_item(attachments: Iterable[Attachment], content_class: str | None) -> OutlookItem | None:
    """The kind of an item, from the winmail.dat among `attachments`, or from the Content-Class; None if unknown."""
    for part in attachments:
        if part.content_type in _TNEF_TYPES or part.filename.lower() == "winmail.dat":
            found = message_class(part.content).lower()
            return next((item for begins, item in _CLASSES.items() if found.startswith(begins)), None)
    return _CONTENT_CLASSES.get((content_class or "").strip().lower())


def outlook_item_text(item: OutlookItem, sender: str, subject: str) -> str | None:
    """What an item without words says, as a text for people. None if it says nothing that the subject does not say."""
    if item in _ANSWERS:
        return f'{sender} {item.value} the invitation "{subject}".'
    if item is OutlookItem.RECALL:
        recalled = subject[len(_RECALL_PREFIX) :].strip() if subject.lower().startswith(_RECALL_PREFIX) else subject
        return f'{sender} wants to recall the email "{recalled}".'
    return None
