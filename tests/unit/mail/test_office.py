"""Answers to invitations, and recalls: their texts and their kinds, and emails of people that resemble them."""

from __future__ import annotations

import base64
import struct

import pytest
from email_channels.mail.classification import Kind, classify
from email_channels.mail.containers.tnef import message_class
from email_channels.mail.message import InboundMessage
from email_channels.mail.parsing import parse_message

ATTENDEE = "ATTENDEE;CN=Kim Lee;PARTSTAT=ACCEPTED:mailto:kim@example.org"


def calendar(*lines: str, method: str = "REPLY") -> str:
    body = "\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:{method}\n{body}\nEND:VCALENDAR\n"


def answer(*lines: str, method: str = "REPLY", head: str = "From: Kim Lee <kim@example.org>") -> InboundMessage:
    """An email that has only a calendar object."""
    return parse_message(f"{head}\nContent-Type: text/calendar\n\n{calendar(*lines, method=method)}".encode())


def beside(text: str, *lines: str, head: str, part: str = "Content-Type: text/calendar") -> InboundMessage:
    """An email with a text and a calendar object."""
    raw = (
        f"{head}\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
        f"--b\n{part}\n\n{calendar(*lines)}--b--\n"
    )
    return parse_message(raw.encode())


# name -> the lines of the event, the text that is made of them
ANSWERS = {
    "everything": (
        (ATTENDEE, "SUMMARY:Pay\\, and more", "DTSTART;TZID=Europe/Berlin:20261110T093000", "COMMENT:Fine.\\nKim"),
        'Kim Lee accepted the invitation "Pay, and more" (2026-11-10 09:30, Europe/Berlin).\n\nFine.\nKim',
    ),
    "folded": ((ATTENDEE, "SUM", " MARY:Pay", "  talk"), 'Kim Lee accepted the invitation "Pay talk".'),
    "utc": ((ATTENDEE, "DTSTART:20261110T093000Z"), "Kim Lee accepted the invitation (2026-11-10 09:30, UTC)."),
    "no zone": ((ATTENDEE, "DTSTART:20261110T093000"), "Kim Lee accepted the invitation (2026-11-10 09:30)."),
    "whole day": ((ATTENDEE, "DTSTART;VALUE=DATE:20261110"), "Kim Lee accepted the invitation (2026-11-10)."),
    "no time": ((ATTENDEE, "DTSTART:soon"), "Kim Lee accepted the invitation."),
    "declined": (("ATTENDEE;PARTSTAT=declined:MAILTO:kim@example.org",), "kim@example.org declined the invitation."),
    "perhaps": (("attendee;partstat=TENTATIVE:x",), "Kim Lee tentatively accepted the invitation."),
    "delegated": (("ATTENDEE;PARTSTAT=DELEGATED:x",), "Kim Lee delegated the invitation."),
    "quoted name": (
        ('ATTENDEE;CN="Lee: Kim; HR";MEMBER="mailto:a@b.example","mailto:c@d.example";PARTSTAT=DECLINED:x',),
        "Lee: Kim; HR declined the invitation.",
    ),
    "no status": (("ATTENDEE:mailto:lee@example.org",), "lee@example.org replied to the invitation."),
    "nothing": ((), "Kim Lee replied to the invitation."),
    "escapes": ((ATTENDEE, "COMMENT:a\\\\b\\;c\\Nd"), "Kim Lee accepted the invitation.\n\na\\b;c\nd"),
    "a summary in lines": ((ATTENDEE, "SUMMARY:Pay\\n[543457]"), 'Kim Lee accepted the invitation "Pay [543457]".'),
    "an alarm inside": (
        (ATTENDEE, "BEGIN:VALARM", "SUMMARY:Alarm", "END:VALARM", "SUMMARY:Pay"),
        'Kim Lee accepted the invitation "Pay".',
    ),
    "two events": (
        (ATTENDEE, "SUMMARY:Pay", "END:VEVENT", "BEGIN:VEVENT", "SUMMARY:Other", "COMMENT:Second"),
        'Kim Lee accepted the invitation "Pay".',
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(name: str) -> None:
    """An answer without words is an automatic reply, and its text says what the calendar object says."""
    lines, text = ANSWERS[name]
    message = answer(*lines)

    assert (message.text, classify(message).kind) == (text, Kind.AUTOMATIC_REPLY)


def test_counter_proposal() -> None:
    """A proposal of another time is not a mere answer: somebody has to decide."""
    message = answer(ATTENDEE, "SUMMARY:Pay", method="COUNTER")

    assert message.text == 'Kim Lee proposed another time for the invitation "Pay".'
    assert classify(message).kind is Kind.NORMAL


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "PUBLISH", "REPLYING", ""])
def test_no_answer(method: str) -> None:
    """Invitations, cancellations and published events are emails of people, and get no text."""
    message = answer(ATTENDEE, "SUMMARY:Pay", method=method)

    assert (message.text, classify(message).kind) == (None, Kind.NORMAL)


def test_no_calendar() -> None:
    """A file with such a name or type is an answer only if a calendar object is in it."""
    message = parse_message(b"From: kim@example.org\nContent-Type: text/calendar\n\nMETHOD:REPLY\nBEGIN:VCALENDAR\n")

    assert (message.text, classify(message).kind) == (None, Kind.NORMAL)


def test_text_stays() -> None:
    """An email with words of its own keeps them."""
    message = beside("See you there.", ATTENDEE, head="From: Kim Lee <kim@example.org>")

    assert (message.text or "").strip() == "See you there."


KIM = "From: Kim Lee <kim@example.org>\nSubject: Accepted: Pay"
# name -> header, text, lines of the event, kind
WORDS = {
    "own words": (KIM, "See you there.", (ATTENDEE,), Kind.AUTOMATIC_REPLY),
    "own question": (KIM, "Which room?", (ATTENDEE,), Kind.NORMAL),
    "the organiser's question": (
        KIM,
        "Kim accepted.\n\nWho pays what?\n",
        (ATTENDEE, "DESCRIPTION:Let us talk. <b>Who\\npays</b> what?"),
        Kind.AUTOMATIC_REPLY,
    ),
    "a question as summary": (
        KIM,
        "Kim accepted: Why?",
        (ATTENDEE, "SUMMARY:Kim accepted: Why?"),
        Kind.AUTOMATIC_REPLY,
    ),
    "a quoted question": (KIM, "Yes.\n\n> Who pays?\n", (ATTENDEE,), Kind.AUTOMATIC_REPLY),
    "an alias": (
        "From: Lee, Kim <kim.lee@example.org>\nSubject: Yes",
        "Yes.",
        ('ATTENDEE;CN="Lee Kim";PARTSTAT=ACCEPTED:mailto:kim@example.org',),
        Kind.AUTOMATIC_REPLY,
    ),
    "a secretary": (
        "From: office@example.org\nSubject: Yes",
        "Yes.",
        ('ATTENDEE;SENT-BY="mailto:Office@example.org":mailto:kim@example.org',),
        Kind.AUTOMATIC_REPLY,
    ),
    "an alias, by the subject": (
        "From: boss@example.org\nSubject: Akzeptiert: Pay",
        "Ja.",
        (ATTENDEE, "SUMMARY:Pay"),
        Kind.AUTOMATIC_REPLY,
    ),
    "somebody else's": ("From: boss@example.org\nSubject: Pay", "See this.", (ATTENDEE, "SUMMARY:Pay"), Kind.NORMAL),
    "somebody else's, other subject": (
        "From: boss@example.org\nSubject: Question: a file",
        "See this.",
        (ATTENDEE, "SUMMARY:Pay"),
        Kind.NORMAL,
    ),
    "somebody without a name": ("From: boss@example.org\nSubject: Pay", "See.", ("ATTENDEE:x",), Kind.NORMAL),
    "forwarded": ("From: Kim Lee <kim@example.org>\nSubject: FW: Accepted: Pay", "See.", (ATTENDEE,), Kind.NORMAL),
    "answered": ("From: Kim Lee <kim@example.org>\nSubject: Re: Accepted: Pay", "See.", (ATTENDEE,), Kind.NORMAL),
    "null sender": ("Return-Path: <>\nFrom: boss@example.org\nSubject: Yes", "Yes.", (ATTENDEE,), Kind.AUTOMATIC_REPLY),
}


@pytest.mark.parametrize("name", WORDS)
def test_answer_with_words(name: str) -> None:
    """An answer is automatic, unless its sender asks, or sends somebody else's."""
    head, text, lines, kind = WORDS[name]

    assert classify(beside(text, *lines, head=head)).kind is kind


def test_question_in_the_comment() -> None:
    """A question in the calendar object's comment is a question, but not one in the invitation's title."""
    asked = answer(ATTENDEE, "SUMMARY:Coffee?", "COMMENT:Which room?")

    assert classify(asked).kind is Kind.NORMAL
    assert classify(answer(ATTENDEE, "SUMMARY:Coffee?", "COMMENT:Yes.")).kind is Kind.AUTOMATIC_REPLY


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("Content-Type: application/ics", Kind.AUTOMATIC_REPLY),
        ("Content-Type: application/octet-stream; name=c1.ICS", Kind.AUTOMATIC_REPLY),
        ("Content-Type: application/octet-stream; name=c1.dat", Kind.NORMAL),
    ],
)
def test_file(part: str, kind: Kind) -> None:
    """Calendar objects are found by their type or by the end of their name."""
    assert classify(beside("Yes.", ATTENDEE, head=KIM, part=part)).kind is kind


def tnef(*attributes: tuple[int, bytes]) -> bytes:
    data = struct.pack("<IH", 0x223E9F78, 1)
    for identifier, value in attributes:
        data += struct.pack("<BII", 1, identifier, len(value)) + value + b"\0\0"
    return data


CLASS, CODE_PAGE, NEW_ATTACHMENT = 0x00078008, 0x00069007, 0x00069002


def outlook(name: str, text: str = "", subject: str = "Recall: Pay") -> InboundMessage:
    """An email of Outlook with a winmail.dat of this class."""
    data = base64.encodebytes(tnef((CLASS, name.encode() + b"\0"))).decode()
    return parse_message(
        f"From: Kim <kim@example.org>\nSubject: {subject}\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n"
        f"--b\nContent-Type: application/ms-tnef; name=winmail.dat\n"
        f"Content-Transfer-Encoding: base64\n\n{data}--b--\n".encode()
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("IPM.Outlook.Recall", 'Kim wants to recall the email "Pay".'),
        ("IPM.Schedule.Meeting.Resp.Pos", 'Kim accepted the invitation "Recall: Pay".'),
        ("IPM.Schedule.Meeting.Resp.Neg", 'Kim declined the invitation "Recall: Pay".'),
        ("IPM.Schedule.Meeting.Resp.Tent", 'Kim tentatively accepted the invitation "Recall: Pay".'),
        ("IPM.Microsoft Schedule.MtgRespN", 'Kim declined the invitation "Recall: Pay".'),
        ("IPM.Recall.Report.Success", ""),
        ("IPM.Note.Rules.OofTemplate.Microsoft", ""),
        ("REPORT.IPM.Note.IPNRN", ""),
    ],
)
def test_class(name: str, text: str) -> None:
    """Outlook's items are automatic replies by their class, in any language."""
    message = outlook(name)

    assert ((message.text or "").strip(), classify(message).kind) == (text, Kind.AUTOMATIC_REPLY)


@pytest.mark.parametrize(
    "name", ["IPM.Note", "IPM.Schedule.Meeting.Request", "IPM.Schedule.Meeting.Canceled", "IPM.Task"]
)
def test_other_class(name: str) -> None:
    assert classify(outlook(name, "Hello", "Pay")).kind is Kind.NORMAL


def test_question_in_an_item() -> None:
    """A person who answers an invitation with a question is heard."""
    assert classify(outlook("IPM.Schedule.Meeting.Resp.Neg", "Why me?")).kind is Kind.NORMAL


def test_message_class() -> None:
    """The class is read before attachments only, and damage does not matter."""
    assert message_class(tnef((CODE_PAGE, b"\0\0\0\0"), (CLASS, b"IPM.Note\0rest"))) == "IPM.Note"
    assert message_class(tnef((NEW_ATTACHMENT, b""), (CLASS, b"IPM.Note\0"))) == ""
    assert message_class(tnef((CODE_PAGE, b""))) == ""
    assert message_class(tnef((CLASS, b"IPM.Note\0"))[:-6]) == "IPM.N"
    assert message_class(tnef((CLASS, b"IPM.Note\0"))[:12]) == ""
    assert message_class(b"IPM.Note") == ""


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("urn:content-classes:recallmessage", Kind.AUTOMATIC_REPLY),
        ("urn:content-classes:RecallReport", Kind.AUTOMATIC_REPLY),
        ("urn:content-classes:message", Kind.NORMAL),
    ],
)
def test_content_class(head: str, kind: Kind) -> None:
    raw = f"From: kim@example.org\nSubject: Pay\nContent-Class: {head}\n\nMy pay.\n"

    assert classify(parse_message(raw.encode())).kind is kind


SENTENCES = {
    "en": ("Recall", 'Kim would like to recall the message, "Pay talk".'),
    "de": ("Zurückrufen", "Kim möchte die Nachricht „Pay talk“ zurückrufen."),
    "fr": ("Rappel ", "Kim souhaite rappeler le message « Pay talk »."),
    "es": ("Recuperar", 'Kim desea recuperar el mensaje "Pay talk".'),
    "it": ("Richiama", 'Kim desidera richiamare il messaggio "Pay talk".'),
    "pt": ("Cancelar", 'Kim gostaria de cancelar a mensagem "Pay talk".'),
    "nl": ("Intrekken", "Kim wil het bericht 'x' \"Pay talk\" intrekken."),
    "sv": ("Återkalla", "Kim vill återkalla meddelandet ”Pay talk”."),
    "da": ("Tilbagekald", "Kim ønsker at tilbagekalde meddelelsen »Pay talk«."),
    "nb": ("Tilbakekall", "Kim vil tilbakekalle meldingen «Pay talk»."),
    "fi": ("Peruuta", "Kim haluaa peruuttaa viestin ”Pay talk”."),
    "pl": ("Odwołanie", "Użytkownik Kim chce odwołać wiadomość „Pay talk”."),
    "cs": ("Odvolat", "Kim chce odvolat zprávu „Pay talk“."),
    "hu": ("Visszahívás", "Kim vissza szeretné hívni a következő üzenetet: „Pay talk”."),
    "ru": ("Отзыв", "Kim хочет отозвать сообщение «Pay talk»."),
    "tr": ("Geri Çekme", 'Kim "Pay talk" iletisini geri çekmek istiyor.'),
    "zh": ("撤回", "Kim 将撤回邮件“Pay talk”。"),
    "ja": ("取り消し", "Kim さんはメッセージ「Pay talk」を取り消します。"),
    "ko": ("회수", 'Kim님이 "Pay talk" 메시지를 회수하려고 합니다.'),
}


def recall(subject: str, text: str) -> Kind:
    raw = f"From: Kim <kim@example.org>\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    return classify(parse_message(raw.encode())).kind


@pytest.mark.parametrize("language", SENTENCES)
def test_recall_in_words(language: str) -> None:
    """Outlook's sentence with the subject in quotes is a recall, in each language."""
    prefix, sentence = SENTENCES[language]

    assert recall(f"{prefix}: Pay talk", sentence) is Kind.AUTOMATIC_REPLY


ENGLISH = SENTENCES["en"][1]


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("[EXTERNAL] Recall: Pay talk", ENGLISH, Kind.AUTOMATIC_REPLY),
        ("Recall: Pay  talk", ENGLISH.replace("Pay", "Pay\n") + "\n_____\nlist mailing list\n", Kind.AUTOMATIC_REPLY),
        ("Recall: Pay talk", ENGLISH + "\n\nThis email is confidential. Questions? Ask us.", Kind.AUTOMATIC_REPLY),
        ("Re: Recall: Pay talk", ENGLISH, Kind.NORMAL),
        ("Pay talk", ENGLISH, Kind.NORMAL),
        ("Recall: Pay", ENGLISH, Kind.NORMAL),
        ("Recall: ", ENGLISH, Kind.NORMAL),
        ("Recall: Pay talk", "", Kind.NORMAL),
        ("Recall: Pay talk", "Hello,\n\n" + ENGLISH, Kind.NORMAL),
        ("Recall: Pay talk", "I would like to recall the message, \"Pay talk\".", Kind.NORMAL),
        ("Recall: Pay talk", "Kim would like to recall the message, Pay talk.", Kind.NORMAL),
        ("Recall: Pay talk", 'Kim would like to recall the message, "Pay talk and more".', Kind.NORMAL),
        ("Recall: Pay talk", 'Kim would like to forget the message, "Pay talk".', Kind.NORMAL),
        ("Recall: Pay talk", ENGLISH + " It was wrong." * 40, Kind.NORMAL),
    ],
)  # fmt: skip
def test_near_recall(subject: str, text: str, kind: Kind) -> None:
    """Only the whole sentence under its subject is a recall."""
    assert recall(subject, text) is kind
