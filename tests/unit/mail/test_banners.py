# ruff: noqa: E501  # the lines of emails are not wrapped
"""Banners that gateways put above an email, and sentences of people that look like one."""

from __future__ import annotations

import pytest
from email_channels.mail.banners import banner_end
from email_channels.mail.replies import Reply, visible_reply

WORDS = "Yes, I will come.\n\nAnn\n"
BANNERS = {
    "m365_caution": 'CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender and know the content is safe.\n\n',
    "m365_caution_wrapped": 'CAUTION: This email originated from outside of the organization. Do not\nclick links or open attachments unless you recognize the sender and know\nthe content is safe.\n\n',
    "m365_caution_no_blank": 'CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender and know the content is safe.\n',
    "m365_caution_same_line": 'CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender and know the content is safe. ',
    "m365_first_contact": "You don't often get email from ann@example.com. Learn why this is important<https://aka.ms/LearnAboutSenderIdentification>\n\n",
    "m365_first_contact_plain": "[You don't often get email from ann@example.com. Learn why this is important at https://aka.ms/LearnAboutSenderIdentification ]\n\n",
    "m365_first_contact_wrapped": "[You don't often get email from ann@example.com. Learn why this is\nimportant at https://aka.ms/LearnAboutSenderIdentification ]\n\n",
    "m365_first_contact_de": '[Sie erhalten nicht häufig E-Mails von ann@example.com. Weitere Informationen, warum dies wichtig ist, finden Sie unter https://aka.ms/LearnAboutSenderIdentification ]\n\n',
    "m365_first_contact_fr": '[Vous ne recevez pas souvent de courriers de ann@example.fr. Découvrez pourquoi ceci est important à https://aka.ms/LearnAboutSenderIdentification ]\n\n',
    "m365_first_contact_es": 'No suele recibir correo electrónico de ana@example.es. Descubra por qué esto es importante\n\n',
    "external_framed": '*** EXTERNAL EMAIL ***\n\n',
    "external_bracket_line": '[EXTERNAL]\n\n',
    "external_bracket_inline": '[EXTERNAL] ',
    "external_email_bracket_advice": '[EXTERNAL EMAIL] DO NOT CLICK links or attachments unless you recognize the sender and know the content is safe.\n\n',
    "external_colon": 'EXTERNAL EMAIL: Use caution with links and attachments.\n\n',
    "proofpoint": 'ZjQcmQRYFpfptBannerStart\nThis Message Is From an External Sender\nThis message came from outside your organization.\n\nZjQcmQRYFpfptBannerEnd\n\n',
    "proofpoint_report": 'This Message Is From an Untrusted Sender\nYou have not previously corresponded with this sender.\nReport Suspicious<https://us-phishalarm-ewt.proofpoint.com/EWT/v1/Abc!def>\n\n',
    "mimecast": 'CAUTION External Email: Do not click on links or open attachments unless you know the content is safe.\n________________________________\n',
    "mimecast_outside": 'This message originated outside your organisation. Please be cautious when opening links or attachments.\n\n',
    "barracuda": 'WARNING: The sender of this email could not be validated and may not match the person in the "From" field.\n\n',
    "barracuda_external": 'CAUTION: This email originated from outside of ACME. Do not click links or open attachments unless you recognize the sender.\n\n',
    "ironport": 'WARNING: Your email security system has determined the message below may be a potential threat.\n\nIt may pose as a legitimate company proposing a risk-free transaction, but requests money from the victim to complete a business deal.\n\nIf you do not know the sender or cannot verify the integrity of the message, please do not respond or click on links in the message. Depending on the security settings, clickable URLs may have been modified to provide additional security.\n\nSuspicious threat disclaimer ends here.\n\n',
    "cisco_external": 'External Email - Use Caution\n\n',
    "google_group": 'This message is from an external sender. Be careful with links and attachments.\n\n',
    "german_rule": 'ACHTUNG: Diese E-Mail stammt von einem externen Absender. Bitte öffnen Sie keine Anhänge oder Links, wenn Sie den Absender nicht kennen.\n--------------------\n\n',
    "german_short": 'Externe E-Mail: Öffnen Sie Links und Anhänge nur, wenn Sie den Absender kennen.\n\n',
    "german_wrapped": 'VORSICHT: Diese E-Mail wurde von außerhalb der Organisation gesendet. Klicken\nSie nicht auf Links und öffnen Sie keine Anhänge, es sei denn, Sie kennen den\nAbsender und wissen, dass der Inhalt sicher ist.\n\n',
    "german_tag": '[EXTERN]\n',
    "german_stars": '*** Externe E-Mail ***\n',
    "french": "ATTENTION : Ce courriel provient de l'extérieur de l'organisation. Ne cliquez pas sur les liens et n'ouvrez pas les pièces jointes à moins de reconnaître l'expéditeur.\n\n",
    "french_tag": '[EXTERNE]\n\n',
    "french_bilingual": 'Attention - Courriel externe / External email\n\n',
    "spanish": 'PRECAUCIÓN: Este correo electrónico se originó fuera de la organización. No haga clic en enlaces ni abra archivos adjuntos a menos que reconozca al remitente y sepa que el contenido es seguro.\n\n',
    "italian": 'ATTENZIONE: Questa email proviene da un mittente esterno. Non cliccare sui link e non aprire gli allegati se non si è certi del mittente.\n\n',
    "dutch": 'LET OP: Deze e-mail is afkomstig van buiten de organisatie. Klik niet op links en open geen bijlagen, tenzij u de afzender kent.\n\n',
    "polish": 'UWAGA: Ta wiadomość pochodzi spoza organizacji. Nie klikaj linków ani nie otwieraj załączników, jeśli nie znasz nadawcy.\n\n',
    "portuguese": 'ATENÇÃO: Este e-mail foi enviado de fora da organização. Não clique em links nem abra anexos a menos que reconheça o remitente.\n\n',
    "swedish": 'VARNING: Detta mejl kommer från en extern avsändare. Klicka inte på länkar och öppna inte bilagor om du inte känner igen avsändaren.\n\n',
    "danish": 'OBS: Denne e-mail kommer fra en ekstern afsender. Klik ikke på links, og åbn ikke vedhæftede filer, medmindre du kender afsenderen.\n\n',
    "norwegian": 'ADVARSEL: Denne e-posten kommer fra en avsender utenfor organisasjonen. Ikke klikk på lenker eller vedlegg.\n\n',
    "finnish": 'HUOM! Tämä viesti on lähetetty organisaation ulkopuolelta. Älä avaa linkkejä tai liitteitä, ellet tunnista lähettäjää.\n\n',
    "czech": 'UPOZORNĚNÍ: Tento e-mail pochází od externího odesílatele. Neklikejte na odkazy a neotevírejte přílohy.\n\n',
    "hungarian": 'FIGYELEM: Ez az e-mail külső feladótól érkezett. Ne kattintson a hivatkozásokra.\n\n',
    "romanian": 'ATENȚIE: Acest e-mail provine din afara organizației. Nu accesați linkuri.\n\n',
    "turkish": 'DİKKAT: Bu e-posta kuruluş dışından gönderilmiştir. Bağlantılara tıklamayın.\n\n',
    "russian": 'ВНИМАНИЕ: Это письмо получено от внешнего отправителя. Не переходите по ссылкам и не открывайте вложения.\n\n',
    "greek": 'ΠΡΟΣΟΧΗ: Αυτό το μήνυμα προέρχεται από εξωτερικό αποστολέα. Μην ανοίγετε συνημμένα.\n\n',
    "chinese": '【外部邮件】此邮件来自公司外部，请勿点击链接或打开附件。\n\n',
    "japanese": '注意: このメールは社外から送信されました。不審なリンクや添付ファイルを開かないでください。\n\n',
    "korean": '주의: 이 메일은 외부에서 발송되었습니다. 링크를 클릭하지 마십시오.\n\n',
    "emoji": '⚠️ External sender: be careful with links and attachments.\n\n',
    "framed_box": '--------------------------------------------------\nCAUTION: This email came from outside Acme.\nDo not open attachments or click links unless you trust the sender.\n--------------------------------------------------\n\n',
    "two_languages": 'CAUTION: External email. Do not click links or open attachments unless you know the sender.\nVORSICHT: Externe E-Mail. Klicken Sie nicht auf Links, wenn Sie den Absender nicht kennen.\n\n',
    "help_desk": 'CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender. If in doubt, contact the IT Service Desk.\n\n',
    "bare_origin": 'This message was sent from outside the company.\n\n',
    "classification": 'Classification: Internal\n\n',
}  # fmt: skip


@pytest.mark.parametrize("name", BANNERS)
def test_banner(name: str) -> None:
    """The banner ends where the sender's words begin."""
    text = BANNERS[name] + WORDS

    assert text[banner_end(text) :] == WORDS
    assert visible_reply(text) == Reply(WORDS, BANNERS[name], BANNERS[name])


OF_PEOPLE = {
    "question": 'This email came from outside the organization, is it safe to open?\n\nAnn\n',
    "external_auditor": 'This message is for the external auditor.\n\nAnn\n',
    "please_forward": 'Please forward the email to our external auditor.\nAnn\n',
    "warning_word": 'Warning: the form has a mistake on page 2.\n\nAnn\n',
    "attention": 'Attention: the office is closed on Friday.\nAnn\n',
    "one_word": 'External\n\nAnn\n',
    "important": 'Important! I need this by Friday.\n',
    "bracket_urgent": '[URGENT]\nMy pay is wrong\n',
    "click": "Please don't click on the old link, use the new one.\n",
    "outside_hours": 'I can only read email outside office hours.\n',
    "hinweis": 'Hinweis: Ich bin ab Montag im Urlaub.\n',
    "attachments": 'The attachments are signed. Links follow.\n',
    "extern_de": 'Die externe Prüferin hat mir eine E-Mail geschickt.\n',
    "asked": 'I am an external employee and my email does not work.\n',
}  # fmt: skip


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_no_banner(name: str) -> None:
    """Words of people are not a banner."""
    assert banner_end(OF_PEOPLE[name]) == 0
    assert visible_reply(OF_PEOPLE[name]).banner == ""


WORDS_BELOW = {
    "spam": 'I think this is spam. Is it?\n\nAnn\n',
    "order": 'Please do not open the attachment yet, it is wrong.\n\nAnn\n',
    "external": 'The external auditor sent me an email.\n\nAnn\n',
    "contact": 'Contact IT please, my laptop is broken.\n\nAnn\n',
    "tag": 'External email is off again.\nAnn\n',
    "phish": 'Someone sent me a phishing mail.\n\nAnn\n',
    "warning": 'Warning: page 2 is missing.\n\nAnn\n',
    "bracket": '[543457] is my number.\n\nAnn\n',
    "quote": '> Are you coming?\n\nYes.\n',
    "indented": '   Dear all,\n\nyes.\n',
    "rule": 'Yes.\n---\nNo.\n',
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS_BELOW)
def test_words_below_a_banner(name: str) -> None:
    """The sender's words stay visible, also if they speak of what banners speak of."""
    banner = "CAUTION: External email. Do not click links unless you know the sender.\n\n"
    text = banner + WORDS_BELOW[name]

    assert text[banner_end(text) :] == WORDS_BELOW[name]


def test_banner_above_a_reply() -> None:
    """The banner is the beginning of what is quoted, so nothing is lost."""
    banner, quote = (
        BANNERS["m365_caution"],
        "\nOn Tue, Nov 3, 2026 at 10:00 AM Joe <joe@example.com> wrote:\n\n> Coming?\n",
    )

    assert visible_reply(f"{banner}Yes.\n{quote}") == Reply("Yes.", f"{banner}\n{quote}", banner)


def test_nothing_but_a_banner() -> None:
    """If there is nothing below the banner, it is shown."""
    banner = BANNERS["m365_caution"]

    assert visible_reply(banner) == Reply(banner, "")


@pytest.mark.parametrize(
    "words", ["*", "[", "! ", ":\n", "caution ", "external ", "links or attachments ", "do not click ", "外部"]
)
def test_long_decoration(words: str) -> None:
    """Only the beginning of a text is searched."""
    text = words * 20_000

    assert banner_end(text) <= 4_100
