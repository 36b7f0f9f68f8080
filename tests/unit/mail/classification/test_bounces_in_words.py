"""Bounces that only their words, their envelope sender or an attached message show, and emails that are almost such."""

from __future__ import annotations

import pytest
from email_channels.mail.classification import Kind, classify
from email_channels.mail.parsing import parse_message

# language -> a sentence of a gateway without any code
SENTENCES = {
    "en": "Your text message to 5550100@sms.example could not be delivered.",
    "en, not been": "The following message has not been sent.",
    "en, rejected": "Your email to kim@example.org was rejected.",
    "en, unable": "We were unable to deliver your message.",
    "en, by our filter": "Some messages you sent were rejected by our filter.",
    "de": "Ihre Nachricht an kim@example.org wurde nicht zugestellt.",
    "de, refused": "Ihre E-Mail wurde abgewiesen.",
    "fr": "Votre message n'a pas pu être remis à kim@example.org.",
    "fr, refused": "Votre courriel a été refusé.",
    "es": "Su mensaje no ha podido ser entregado.",
    "it": "Il messaggio non ha potuto essere consegnato.",
    "pt": "A mensagem não pôde ser entregue.",
    "nl": "Uw bericht kon niet worden afgeleverd.",
    "sv": "Ditt meddelande kunde inte levereras.",
    "da": "Din besked kunne ikke leveres.",
    "da, another word": "Din meddelelse kunne ikke leveres.",
    "fi": "Viestiä ei voitu toimittaa.",
    "pl": "Wiadomość nie została dostarczona.",
    "cs": "Zpráva nebyla doručena.",
    "hu": "Az üzenetet nem sikerült kézbesíteni.",
    "ro": "Mesajul nu a putut fi livrat.",
    "ru": "Сообщение не было доставлено.",
    "uk": "Повідомлення не вдалося доставити.",
    "tr": "İletiniz teslim edilemedi.",
    "el": "Το μήνυμα δεν ήταν δυνατό να παραδοθεί.",
    "ja": "メールは配信できませんでした。",
    "zh": "您的邮件无法送达。",
    "ko": "메일 전송에 실패했습니다.",
    "ca": "El vostre missatge no s'ha pogut lliurar.",
    "bg": "Вашето съобщение не можа да бъде доставено.",
    "hr": "Vaša poruka nije isporučena.",
    "sr": "Ваша порука није испоручена.",
    "lt": "Jūsų laiškas nepristatytas.",
    "lv": "Jūsu vēstule netika piegādāta.",
    "et": "Teie kirja ei õnnestunud kohale toimetada.",
    "vi": "Thư của bạn không gửi được.",
    "id": "Pesan Anda tidak dapat dikirim.",
    "th": "ข้อความของท่านไม่สามารถจัดส่งได้",
    "he": "ההודעה שלך לא נמסרה.",
    "fa": "پیام شما تحویل نشد.",
    "ar": "تعذر الإرسال: رسالتك لم يتم تسليمها. رسالتك تعذر تسليم",
}


def kind(
    text: str, subject: str = "Note", envelope_sender: str = "", headers: str = "From: sms@carrier.example"
) -> Kind:
    raw = f"{headers}\nTo: pay@acme.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    return classify(parse_message(raw.encode()), envelope_sender).kind


@pytest.mark.parametrize("language", SENTENCES)
def test_null_sender(language: str) -> None:
    """With the null sender, a sentence about an undelivered message is a bounce. A person's same sentence is not."""
    assert kind(SENTENCES[language]) is Kind.BOUNCE
    assert kind(SENTENCES[language], envelope_sender="sms@carrier.example") is Kind.NORMAL


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("Note", "Your message was delivered.", Kind.NORMAL),
        ("Note", "Your parcel could not be delivered.", Kind.NORMAL),
        ("Note", "Your message is important. The parcel could not be delivered.", Kind.NORMAL),
        ("Note", "Your message about kim@example.org could not be delivered.", Kind.BOUNCE),
        ("Note", "Hello\n\nYour message\nwas not delivered.", Kind.BOUNCE),
        ("Note", "Words. " * 150 + "Your message was not delivered.", Kind.NORMAL),
        ("Quarantine summary", "The following message was blocked.", Kind.NORMAL),
        ("Virus in mail to you", "The message was not delivered.", Kind.NORMAL),
        ("VIRUS (Eicar) IN MAIL FROM YOU", "The message was not delivered.", Kind.BOUNCE),
        ("Virus in your mail", "The message was not delivered.", Kind.BOUNCE),
        ("Note", "Your multimedia message was not delivered.", Kind.BOUNCE),
        ("Note", "Your new message was not delivered.", Kind.NORMAL),
        ("Note", "Your email has not been forwarded.", Kind.NORMAL),
        ("Note", "Replies to this message cannot be delivered.", Kind.NORMAL),
        ("Note", "Mail to that message was rejected.", Kind.NORMAL),
        ("Note", "Antworten auf diese E-Mail werden nicht zugestellt.", Kind.NORMAL),
        ("Note", "Les réponses à ce message n'ont pas été lues ; la réponse à ce courriel a été refusé.", Kind.NORMAL),
        ("Note", "Antwoorden op dit bericht worden niet bezorgd.", Kind.NORMAL),
        ("Note", "Ihre E-Mail wird nicht weitergeleitet.", Kind.NORMAL),
        ("Out of office", "Your message was not delivered.", Kind.AUTOMATIC_REPLY),
        ("Re: Undeliverable", "Thank you.\n\n> User unknown", Kind.AUTOMATIC_REPLY),
        ("Re: Undeliverable", "Your message was not delivered.", Kind.BOUNCE),
        (
            "Note",
            "Your message has not been delivered. Please confirm that you are a person.",
            Kind.AUTOMATIC_REPLY,
        ),
    ],
)
def test_near_null_sender(subject: str, text: str, expected: Kind) -> None:
    """The sentence must be about a message, at the top, and not in an automatic reply or a list of held emails."""
    assert kind(text, subject) is expected


MAILMAN = (
    "From: staff-owner@lists.example\nPrecedence: bulk\nList-Id: <staff.lists.example>\nX-Mailman-Version: 2.1.39\n"
    "X-List-Administrivia: yes"
)
ALLOWED = "You are not allowed to post to this mailing list, and your message has been automatically rejected."

# sentences of lists that refuse an email
REFUSALS = (
    ALLOWED,
    "You  are not  authorized to  send mail to the STAFF-L\nlist from your account.",
    "Your message was rejected because you are not a member of this group.",
    "You are not subscribed to this list. Your message has been returned.",
    "The message is being returned: only subscribers may post.",
    "Sie dürfen keine Nachrichten an diese Mailingliste schicken.",
    "Ihre Nachricht wurde abgelehnt: Sie sind kein Mitglied.",
    "Vous n'êtes pas autorisé à envoyer ce message.",
    "Votre message a été rejeté : la liste est réservée aux abonnés.",
    "No está autorizado para enviar mensajes a esta lista.",
    "Su mensaje ha sido rechazado porque no es miembro.",
    "Non è autorizzato a inviare messaggi a questa lista.",
    "Il messaggio è stato respinto: non risulta iscritto.",
    "Você não tem permissão para enviar mensagens a esta lista.",
    "U mag geen berichten sturen naar deze mailinglijst.",
    "Uw bericht is geweigerd: u bent geen lid.",
    "Wiadomość została odrzucona: nie jesteś członkiem.",
)


@pytest.mark.parametrize("text", REFUSALS)
def test_list_refusal(text: str) -> None:
    """A list's program refuses an email: a bounce. The same words of a person are not."""
    assert kind(text, envelope_sender="staff-bounces@lists.example", headers=MAILMAN) is Kind.BOUNCE
    assert kind(text, envelope_sender="kim@example.org", headers="From: kim@example.org") is Kind.NORMAL


# name -> headers besides To and Subject, subject, kind
NOTICES = {
    "administrivia": ("From: staff-owner@lists.example\nX-List-Administrivia: yes", "Pay", Kind.BOUNCE),
    "bulk of a list": ("From: o@lists.example\nPrecedence: bulk\nList-Id: <staff.lists.example>", "Pay", Kind.BOUNCE),
    "bulk of mailman": ("From: o@lists.example\nPrecedence: junk\nX-Mailman-Version: 3.3", "Pay", Kind.BOUNCE),
    "bulk of the bounces' address": ("From: o-bounces@lists.example\nPrecedence: bulk", "Pay", Kind.BOUNCE),
    "the bounces' address alone": ("From: o-bounces@lists.example", "Pay", Kind.NORMAL),
    "bulk alone": ("From: o@lists.example\nPrecedence: bulk", "Pay", Kind.NORMAL),
    "a post": ("From: o@lists.example\nPrecedence: list\nList-Id: <staff.lists.example>", "Pay", Kind.NORMAL),
    "sympa": ("From: SYMPA <sympa@lists.example>", "Pay", Kind.BOUNCE),
    "a request address": ("From: listserv-request@lists.example", "Pay", Kind.BOUNCE),
    "almost sympa": ("From: sympathy@lists.example", "Pay", Kind.NORMAL),
    "no reply": ("From: no-reply@lists.example", "Pay", Kind.BOUNCE),
    "an owner": ("From: staff-owner@lists.example", "Pay", Kind.NORMAL),
    "an answer": (MAILMAN, "Re: Pay", Kind.AUTOMATIC_REPLY),
    "a mail program": ("From: sympa@lists.example\nUser-Agent: Mozilla Thunderbird", "Pay", Kind.NORMAL),
    "generated": ("From: o@lists.example\nAuto-Submitted: auto-generated", "Pay", Kind.BOUNCE),
}


@pytest.mark.parametrize("name", NOTICES)
def test_list_notice(name: str) -> None:
    """What shows that a list's program wrote the notice."""
    headers, subject, expected = NOTICES[name]

    assert kind(ALLOWED, subject, "someone@lists.example", headers) is expected


@pytest.mark.parametrize(
    ("headers", "subject", "text", "list_address"),
    [
        (f"{MAILMAN}\nX-BeenThere: staff@lists.example", "Pay", ALLOWED, "staff@lists.example"),
        (f"{MAILMAN}\nList-Post: <mailto:all@lists.example>", "Pay", ALLOWED, "all@lists.example"),
        (MAILMAN, "Rejected: posting to all@lists.example", ALLOWED, "all@lists.example"),
        (MAILMAN, "Pay", f"{ALLOWED} Ask staff-owner@lists.example.", "staff@lists.example"),
        ("From: team+owner@lists.example\nX-List-Administrivia: yes", "Pay", ALLOWED, "team@lists.example"),
        ("From: sympa@lists.example", "Pay", f"{ALLOWED} It was sent to hr@lists.example.", "hr@lists.example"),
        ("From: sympa@lists.example", "Pay", f"{ALLOWED} pay@acme.example is unknown.", None),
        ("From: sympa@lists.example", "Pay", ALLOWED, None),
    ],
)
@pytest.mark.parametrize("to", ["To: pay@acme.example", "To: x@acme.example\nCc: pay@acme.example"])
def test_refused_list(headers: str, subject: str, text: str, list_address: str | None, to: str) -> None:
    """The list is the failed recipient; never the owner, nor who wrote to it."""
    raw = f"{headers}\n{to}\nSubject: {subject}\n\n{text}\n"

    result = classify(parse_message(raw.encode()), "o@lists.example")

    assert result.kind is Kind.BOUNCE
    assert [(one.address, one.action) for one in result.recipients] == (
        [(list_address, "failed")] if list_address else []
    )


def test_one_of_two_lists() -> None:
    """If the email went to several recipients, the list's headers say which one refused it."""
    raw = (
        f"{MAILMAN}\nTo: pay@acme.example\nSubject: Pay\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
        f"{ALLOWED}"
        " #5.7.2\n--b\nContent-Type: message/rfc822\n\n"
        "From: pay@acme.example\nTo: kim@example.org, staff@lists.example\n"
        "Message-ID: <m1@acme.example>\n\nHello\n--b--\n"
    )

    result = classify(parse_message(raw.encode()), "o@lists.example")

    assert [(one.address, one.status) for one in result.recipients] == [("staff@lists.example", "5.7.2")]
    assert result.original_message_id == "m1@acme.example"


BOUNCE = (
    "From: MAILER-DAEMON@example.org\nTo: pay@acme.example\nSubject: failure notice\n\n"
    "Hi. This is the qmail-send program at example.org.\n\n"
    "<kim@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
)
LETTER = "From: kim@example.org\nSubject: Pay\n\nMy pay is wrong.\n"


def wrapped(inner: str, headers: str, text: str = "", part: str = "Content-Type: message/rfc822") -> str:
    return (
        f"{headers}\nTo: pay@acme.example\nContent-Type: multipart/mixed; boundary={len(inner)}\n\n"
        f"--{len(inner)}\n\n{text}\n--{len(inner)}\n{part}\n\n{inner}\n--{len(inner)}--\n"
    )


# name -> headers of the outer email, envelope sender, kind
WRAPPERS = {
    "null sender": ("From: it@acme.example\nSubject: Fwd: failure notice", "", Kind.BOUNCE),
    "generated": ("From: it@acme.example\nAuto-Submitted: auto-generated", "it@acme.example", Kind.BOUNCE),
    "postmaster": ("From: postmaster@acme.example\nSubject: See this", "x@acme.example", Kind.BOUNCE),
    "mailman": ("From: it@acme.example\nX-Mailman-Version: 3", "x@acme.example", Kind.BOUNCE),
    "person": ("From: kim@acme.example\nSubject: Fwd: failure notice", "kim@acme.example", Kind.NORMAL),
    "person's program": ("From: postmaster@acme.example\nX-Mailer: Outlook", "x@acme.example", Kind.NORMAL),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_wrapped_bounce(name: str) -> None:
    """A bounce that a program attached is a bounce; one that a person attached is a question."""
    headers, envelope_sender, expected = WRAPPERS[name]

    result = classify(parse_message(wrapped(BOUNCE, headers).encode()), envelope_sender)

    assert result.kind is expected
    if expected is Kind.BOUNCE:
        assert result.evidence[0] == "attached bounce"
        assert [(one.address, one.status) for one in result.recipients] == [("kim@example.org", "5.1.1")]


GENERATED = "From: it@acme.example\nAuto-Submitted: auto-generated"


def test_wrapped_letter() -> None:
    """What else a program attaches is not a bounce."""
    assert classify(parse_message(wrapped(LETTER, GENERATED).encode())).kind is Kind.NORMAL


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("Content-Type: application/octet-stream; name=A.EML", Kind.BOUNCE),
        ("Content-Type: message/rfc822; name=a.txt", Kind.BOUNCE),
        ("Content-Type: message/global; name=a.txt", Kind.BOUNCE),
        ("Content-Type: message/rfc822\n\n", Kind.BOUNCE),
        ("Content-Type: application/octet-stream; name=a.dat", Kind.NORMAL),
    ],
)
def test_attached_file(part: str, expected: Kind) -> None:
    assert classify(parse_message(wrapped(BOUNCE, GENERATED, part=part).encode())).kind is expected


@pytest.mark.parametrize(("times", "expected"), [(2, Kind.BOUNCE), (3, Kind.NORMAL)])
def test_depth(times: int, expected: Kind) -> None:
    """Attached messages are opened to a certain depth."""
    raw = BOUNCE
    for _ in range(times):
        raw = wrapped(raw, GENERATED)

    assert classify(parse_message(raw.encode())).kind is expected


@pytest.mark.parametrize(("letters", "expected"), [(2, Kind.BOUNCE), (3, Kind.NORMAL)])
def test_several_attached(letters: int, expected: Kind) -> None:
    """Only the first attached messages are opened."""
    parts = "".join(f"--b\nContent-Type: message/rfc822\n\n{one}\n" for one in [LETTER] * letters + [BOUNCE])
    raw = f"{GENERATED}\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n"

    assert classify(parse_message(raw.encode())).kind is expected


WRAPPED = (
    "From: postmaster@example.net\nSubject: Ikke leveret\n\nDin meddelelse kunne ikke leveres til lee@example.net\n"
)


@pytest.mark.parametrize(
    ("head", "inner", "kind"),
    [
        ("Subject: Uncaught bounce notification\nX-Mailman-Version: 2.1", WRAPPED, Kind.BOUNCE),
        ("Subject: Uncaught bounce notification\nX-List-Administrivia: yes", WRAPPED, Kind.BOUNCE),
        ("Subject: Uncaught notification\nX-Mailman-Version: 2.1", WRAPPED, Kind.NORMAL),
        ("Subject: Uncaught bounce notification", WRAPPED, Kind.NORMAL),
        (
            "Subject: Uncaught bounce notification\nX-Mailman-Version: 2.1",
            WRAPPED.replace("postmaster", "kim"),
            Kind.NORMAL,
        ),
    ],
)
def test_mailman_took_it_for_a_bounce(head: str, inner: str, kind: Kind) -> None:
    """What Mailman took for a bounce had the null sender, although the attached message does not tell it."""
    raw = (
        f"From: mailman@lists.example\nAuto-Submitted: auto-generated\n{head}\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nThe attached message was received.\n"
        f"--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    )

    assert classify(parse_message(raw.encode()), "mailman-bounces@lists.example").kind is kind


@pytest.mark.parametrize("to", ["To: pay@acme.example", "To: x@acme.example\nCc: pay@acme.example"])
def test_own_address_in_report(to: str) -> None:
    """Whom the report itself is for has not failed, in whichever field that is."""
    for text in (
        "Your message of pay@acme.example to lee@example.net could not be delivered: user unknown.",
        "These addresses failed:\n\npay@acme.example\nlee@example.net\n\nuser unknown",
    ):
        raw = f"From: MAILER-DAEMON@mx.example\n{to}\nSubject: Undelivered Mail Returned to Sender\n\n{text}\n"
        result = classify(parse_message(raw.encode()), "")
        assert (result.kind, [one.address for one in result.recipients]) == (Kind.BOUNCE, ["lee@example.net"]), text
