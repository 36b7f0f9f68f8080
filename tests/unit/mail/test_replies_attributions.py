# ruff: noqa: E501  # the lines of emails are not wrapped
"""Attribution lines and header blocks of mail programs, one example each. The reply stands above, the quote below."""

from __future__ import annotations

import pytest
from email_channels.mail.replies import visible_reply

# name -> the lines between the reply and the quote, and whether the quote has the prefix `>`.
ATTRIBUTIONS = {
    "gmail_en": ("On Tue, Nov 3, 2026 at 10:00 AM Ann Lee <ann@example.com> wrote:", True),
    "gmail_en_wrapped": ("On Tue, Nov 3, 2026 at 10:00 AM Ann Lee <\nann.lee.with.a.long.name@department.example.com> wrote:", True),
    "gmail_en_old": ("2026/11/3 Ann Lee <ann@example.com>", True),
    "apple_mail_en": ("On 3 Nov 2026, at 10:00, Ann Lee <ann@example.com> wrote:", True),
    "apple_mail_en_us": ("> On Nov 3, 2026, at 10:00 AM, Ann Lee <ann@example.com> wrote:\n> ", True),
    "thunderbird_en": ("On 03/11/2026 10:00, Ann Lee wrote:", True),
    "thunderbird_en_us": ("On 11/3/26 10:00 AM, Ann Lee wrote:", True),
    "yahoo_en": ("On Tuesday, November 3, 2026, 10:00:12 AM GMT+1, Ann Lee <ann@example.com> wrote:", False),
    "yahoo_en_dashes": ("    On Tuesday, November 3, 2026 at 10:00:12 AM EST, Ann Lee <ann@example.com> wrote:", True),
    "spark_en": ("On 3 Nov 2026, 10:00 +0100, Ann Lee <ann@example.com>, wrote:", True),
    "mutt": ("* Ann Lee <ann@example.com> [2026-11-03 10:00:00 +0100]:", True),
    "gnus": ("Ann Lee <ann@example.com> writes:", True),
    "kmail": ("On Tuesday, 3 November 2026 10:00:00 CET Ann Lee wrote:", True),
    "proton": ("On Tuesday, November 3rd, 2026 at 10:00, Ann Lee <ann@example.com> wrote:", True),
    "proton_dashes": ("------- Original Message -------\nOn Tuesday, November 3rd, 2026 at 10:00, Ann Lee <ann@example.com> wrote:", True),
    "fastmail": ("On Tue, 3 Nov 2026, at 10:00 AM, Ann Lee wrote:", True),
    "superhuman": ("On Tue, Nov 03, 2026 at 10:00 AM, Ann Lee < ann@example.com > wrote:", False),
    "netease": ('At 2026-11-03 10:00:00, "Ann Lee" <ann@example.com> wrote:', True),
    "gmail_de": ("Am Di., 3. Nov. 2026 um 10:00 Uhr schrieb Ann Lee <ann@example.com>:", True),
    "gmail_de_old": ("Am 3. November 2026 um 10:00 schrieb Ann Lee <ann@example.com>:", True),
    "apple_mail_de": ("Am 03.11.2026 um 10:00 schrieb Ann Lee <ann@example.com>:", True),
    "thunderbird_de": ("Am 03.11.26 um 10:00 schrieb Ann Lee:", True),
    "gmx_de": ("Gesendet: Dienstag, 03. November 2026 um 10:00 Uhr\nVon: \"Ann Lee\" <ann@example.com>\nAn: joe@example.com\nBetreff: Gehalt", False),
    "gmail_fr": ("Le mar. 3 nov. 2026 à 10:00, Ann Lee <ann@example.com> a écrit :", True),
    "gmail_fr_nbsp": ("Le mar. 3 nov. 2026 à 10:00, Ann Lee <ann@example.com> a\n\u00e9crit\u00a0:", True),
    "apple_mail_fr": ("Le 3 nov. 2026 à 10:00, Ann Lee <ann@example.com> a écrit :", True),
    "thunderbird_fr": ("Le 03/11/2026 à 10:00, Ann Lee a écrit :", True),
    "yahoo_fr": ("Le mardi 3 novembre 2026 à 10:00:12 UTC+1, Ann Lee <ann@example.com> a écrit :", False),
    "gmail_es": ("El mar, 3 nov 2026 a las 10:00, Ann Lee (<ann@example.com>) escribió:", True),
    "apple_mail_es": ("El 3 nov 2026, a las 10:00, Ann Lee <ann@example.com> escribió:", True),
    "gmail_pt_br": ("Em ter., 3 de nov. de 2026 às 10:00, Ann Lee <ann@example.com> escreveu:", True),
    "gmail_pt_pt": ("Ann Lee <ann@example.com> escreveu (terça, 3/11/2026 à(s) 10:00):", True),
    "gmail_it": ("Il giorno mar 3 nov 2026 alle ore 10:00 Ann Lee <ann@example.com> ha scritto:", True),
    "thunderbird_it": ("Il 03/11/2026 10:00, Ann Lee ha scritto:", True),
    "gmail_nl": ("Op di 3 nov. 2026 om 10:00 schreef Ann Lee <ann@example.com>:", True),
    "apple_mail_nl": ("Op 3 nov. 2026, om 10:00 heeft Ann Lee <ann@example.com> het volgende geschreven:", True),
    "gmail_da": ("Den tir. 3. nov. 2026 kl. 10.00 skrev Ann Lee <ann@example.com>:", True),
    "apple_mail_da": ("Den 3. nov. 2026 kl. 10.00 skrev Ann Lee <ann@example.com>:", True),
    "gmail_no": ("tir. 3. nov. 2026 kl. 10:00 skrev Ann Lee <ann@example.com>:", True),
    "gmail_sv": ("Den tis 3 nov. 2026 kl 10:00 skrev Ann Lee <ann@example.com>:", True),
    "apple_mail_sv": ("3 nov. 2026 kl. 10:00 skrev Ann Lee <ann@example.com>:", True),
    "gmail_fi": ("ti 3. marrask. 2026 klo 10.00 Ann Lee (ann@example.com) kirjoitti:", True),
    "apple_mail_fi": ("Ann Lee <ann@example.com> kirjoitti 3.11.2026 kello 10.00:", True),
    "gmail_pl": ("wt., 3 lis 2026 o 10:00 Ann Lee <ann@example.com> napisał(a):", True),
    "thunderbird_pl": ("W dniu 3.11.2026 o 10:00, Ann Lee pisze:", True),
    "apple_mail_pl": ("Wiadomość napisana przez Ann Lee <ann@example.com> w dniu 3 lis 2026, o godz. 10:00:", True),
    "gmail_cs": ("út 3. 11. 2026 v 10:00 odesílatel Ann Lee <ann@example.com> napsal:", True),
    "thunderbird_cs": ("Dne 03. 11. 26 v 10:00 Ann Lee napsal(a):", True),
    "gmail_sk": ("ut 3. 11. 2026 o 10:00 Ann Lee <ann@example.com> napísal(a):", True),
    "gmail_hu": ("Ann Lee <ann@example.com> ezt írta (időpont: 2026. nov. 3., K, 10:00):", True),
    "gmail_ro": ("În mar., 3 nov. 2026 la 10:00, Ann Lee <ann@example.com> a scris:", True),
    "gmail_hr": ("uto, 3. stu 2026. u 10:00 Ann Lee <ann@example.com> napisao je:", True),
    "gmail_sl": ("V V tor., 3. nov. 2026 ob 10:00 je oseba Ann Lee <ann@example.com> napisala:", True),
    "gmail_et": ("Kuupäev T, 3. november 2026 kell 10:00 kirjutas kasutaja Ann Lee (<ann@example.com>):", True),
    "gmail_lv": ("otrd., 2026. g. 3. nov., plkst. 10:00 — lietotājs Ann Lee (<ann@example.com>) rakstīja:", True),
    "gmail_lt": ("2026-11-03, an, 10:00 Ann Lee <ann@example.com> rašė:", True),
    "gmail_ca": ("Missatge de Ann Lee <ann@example.com> del dia dt., 3 de nov. 2026 a les 10:00:", True),
    "gmail_tr": ("Ann Lee <ann@example.com>, 3 Kas 2026 Sal, 10:00 tarihinde şunu yazdı:", True),
    "apple_mail_tr": ("Ann Lee <ann@example.com> şunları yazdı (3 Kas 2026 10:00):", True),
    "gmail_el": ("Στις Τρί 3 Νοε 2026 στις 10:00 π.μ., ο/η Ann Lee <ann@example.com> έγραψε:", True),
    "gmail_ru": ("вт, 3 нояб. 2026 г. в 10:00, Ann Lee <ann@example.com>:", True),
    "apple_mail_ru": ("3 нояб. 2026 г., в 10:00, Ann Lee <ann@example.com> написал(а):", True),
    "thunderbird_ru": ("03.11.2026 10:00, Ann Lee пишет:", True),
    "mailru": ("Вторник, 3 ноября 2026, 10:00 +03:00 от Ann Lee <ann@example.com>:", True),
    "yandex": ("03.11.2026, 10:00, \"Ann Lee\" <ann@example.com>:", True),
    "gmail_uk": ("вт, 3 лист. 2026 р. о 10:00 Ann Lee <ann@example.com> пише:", True),
    "gmail_bg": ("На вт, 3.11.2026 г. в 10:00 Ann Lee <ann@example.com> написа:", True),
    "gmail_he": ("\u202bבתאריך יום ג׳, 3 בנוב׳ 2026 ב-10:00 מאת \u202aAnn Lee\u202c\u200f <\u202aann@example.com\u202c\u200f>:\u202c", True),
    "gmail_ar": ("في الثلاثاء، 3 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة Ann Lee <ann@example.com>:", True),
    "gmail_zh_cn": ("Ann Lee <ann@example.com> 于2026年11月3日周二 10:00写道：", True),
    "gmail_zh_tw": ("Ann Lee <ann@example.com> 於 2026年11月3日 週二 上午10:00寫道：", True),
    "apple_mail_zh": ("在 2026年11月3日，10:00，Ann Lee <ann@example.com> 写道：", True),
    "netease_zh": ("在 2026-11-03 10:00:00，\"Ann Lee\" <ann@example.com> 写道：", True),
    "gmail_ja": ("2026年11月3日(火) 10:00 Ann Lee <ann@example.com>:", True),
    "apple_mail_ja": ("2026/11/03 10:00、Ann Lee <ann@example.com>のメール:", True),
    "gmail_ko": ("2026년 11월 3일 (화) 오전 10:00, Ann Lee <ann@example.com>님이 작성:", True),
    "apple_mail_ko": ("2026. 11. 3. 오전 10:00, Ann Lee <ann@example.com> 작성:", True),
    "gmail_vi": ("Vào Th 3, 3 thg 11, 2026 vào lúc 10:00 Ann Lee <ann@example.com> đã viết:", True),
    "gmail_th": ("ในวันที่ อ. 3 พ.ย. 2026 เวลา 10:00 Ann Lee <ann@example.com> เขียนว่า:", True),
    "gmail_id": ("Pada tanggal Sel, 3 Nov 2026 pukul 10.00 Ann Lee <ann@example.com> menulis:", True),
    "outlook_en": ("From: Ann Lee <ann@example.com>\nSent: Tuesday, November 3, 2026 10:00 AM\nTo: Joe Doe <joe@example.com>\nSubject: Pay", False),
    "outlook_en_rule": ("________________________________\nFrom: Ann Lee <ann@example.com>\nSent: Tuesday, November 3, 2026 10:00 AM\nTo: Joe Doe <joe@example.com>\nSubject: Pay", False),
    "outlook_en_bold": ("*From:* Ann Lee <ann@example.com>\n*Sent:* Tuesday, November 3, 2026 10:00 AM\n*To:* Joe Doe\n*Subject:* Pay", False),
    "outlook_2003": ("-----Original Message-----\nFrom: Ann Lee [mailto:ann@example.com]\nSent: Tuesday, November 03, 2026 10:00 AM\nTo: Joe\nSubject: Pay", False),
    "outlook_mac": ("From: Ann Lee <ann@example.com>\nDate: Tuesday, November 3, 2026 at 10:00 AM\nTo: Joe <joe@example.com>\nSubject: Pay", False),
    "outlook_long_to": ("From: Ann Lee\nSent: Tuesday, November 3, 2026 10:00 AM\nTo: Joe Doe <joe@example.com>; Bob <bob@example.com>;\nCarol <carol@example.com>; Dave\nCc: Eve\nSubject: Pay", False),
    "hotmail": ("> Date: Tue, 3 Nov 2026 10:00:00 +0100\n> Subject: Pay\n> From: ann@example.com\n> To: joe@example.com", True),
    "hotmail_web": ("Date: Tue, 3 Nov 2026 10:00:00 +0100\nFrom: ann@example.com\nTo: joe@example.com\nSubject: Pay", False),
    "samsung": ("-------- Original message --------\nFrom: Ann Lee <ann@example.com>\nDate: 11/03/2026 10:00 (GMT+01:00)\nTo: joe@example.com\nSubject: Pay", False),
    "zimbra": ("----- Original Message -----\nFrom: \"Ann Lee\" <ann@example.com>\nTo: \"Joe\" <joe@example.com>\nSent: Tuesday, November 3, 2026 10:00:00 AM\nSubject: Pay", False),
    "lotus": ("From:   Ann Lee/HQ/ACME\nTo:     Joe Doe/HQ/ACME@ACME\nDate:   11/03/2026 10:00 AM\nSubject:        Pay", False),
    "blackberry": ("----- Original Message -----\nFrom: Ann Lee [mailto:ann@example.com]\nSent: Tuesday, November 03, 2026 10:00 AM\nTo: Joe\nSubject: Pay", False),
    "outlook_de": ("Von: Ann Lee <ann@example.com>\nGesendet: Dienstag, 3. November 2026 10:00\nAn: Joe Doe <joe@example.com>\nBetreff: Gehalt", False),
    "outlook_de_2003": ("-----Ursprüngliche Nachricht-----\nVon: Ann Lee\nGesendet: Dienstag, 3. November 2026 10:00\nAn: Joe\nBetreff: Gehalt", False),
    "outlook_fr": ("De : Ann Lee <ann@example.com>\nEnvoyé : mardi 3 novembre 2026 10:00\nÀ : Joe <joe@example.com>\nObjet : Paie", False),
    "outlook_es": ("De: Ann Lee <ann@example.com>\nEnviado: martes, 3 de noviembre de 2026 10:00\nPara: Joe <joe@example.com>\nAsunto: Nómina", False),
    "outlook_it": ("Da: Ann Lee <ann@example.com>\nInviato: martedì 3 novembre 2026 10:00\nA: Joe <joe@example.com>\nOggetto: Paga", False),
    "outlook_pt": ("De: Ann Lee <ann@example.com>\nEnviada em: terça-feira, 3 de novembro de 2026 10:00\nPara: Joe <joe@example.com>\nAssunto: Salário", False),
    "outlook_nl": ("Van: Ann Lee <ann@example.com>\nVerzonden: dinsdag 3 november 2026 10:00\nAan: Joe <joe@example.com>\nOnderwerp: Salaris", False),
    "outlook_sv": ("Från: Ann Lee <ann@example.com>\nSkickat: den 3 november 2026 10:00\nTill: Joe <joe@example.com>\nÄmne: Lön", False),
    "outlook_da": ("Fra: Ann Lee <ann@example.com>\nSendt: 3. november 2026 10:00\nTil: Joe <joe@example.com>\nEmne: Løn", False),
    "outlook_fi": ("Lähettäjä: Ann Lee <ann@example.com>\nLähetetty: tiistai 3. marraskuuta 2026 10.00\nVastaanottaja: Joe\nAihe: Palkka", False),
    "outlook_pl": ("Od: Ann Lee <ann@example.com>\nWysłano: wtorek, 3 listopada 2026 10:00\nDo: Joe <joe@example.com>\nTemat: Pensja", False),
    "outlook_cs": ("Od: Ann Lee <ann@example.com>\nOdesláno: úterý 3. listopadu 2026 10:00\nKomu: Joe <joe@example.com>\nPředmět: Mzda", False),
    "outlook_hu": ("Feladó: Ann Lee <ann@example.com>\nElküldve: 2026. november 3., kedd 10:00\nCímzett: Joe\nTárgy: Bér", False),
    "outlook_ru": ("От: Ann Lee <ann@example.com>\nОтправлено: 3 ноября 2026 г. 10:00\nКому: Joe <joe@example.com>\nТема: Зарплата", False),
    "outlook_tr": ("Kimden: Ann Lee <ann@example.com>\nGönderildi: 3 Kasım 2026 Salı 10:00\nKime: Joe <joe@example.com>\nKonu: Maaş", False),
    "outlook_el": ("Από: Ann Lee <ann@example.com>\nΣτάλθηκε: Τρίτη, 3 Νοεμβρίου 2026 10:00\nΠρος: Joe\nΘέμα: Μισθός", False),
    "outlook_zh": ("发件人: Ann Lee <ann@example.com>\n发送时间: 2026年11月3日 10:00\n收件人: Joe <joe@example.com>\n主题: 工资", False),
    "outlook_zh_tw": ("寄件者： Ann Lee <ann@example.com>\n寄件日期： 2026年11月3日 上午 10:00\n收件者： Joe\n主旨： 薪資", False),
    "qq": ("------------------ 原始邮件 ------------------\n发件人: \"Ann Lee\"<ann@example.com>;\n发送时间: 2026年11月3日(星期二) 上午10:00\n收件人: \"Joe\"<joe@example.com>;\n主题: 工资", False),
    "outlook_ja": ("差出人: Ann Lee <ann@example.com>\n送信日時: 2026年11月3日 10:00\n宛先: Joe <joe@example.com>\n件名: 給与", False),
    "outlook_ko": ("보낸 사람: Ann Lee <ann@example.com>\n보낸 날짜: 2026년 11월 3일 화요일 오전 10:00\n받는 사람: Joe <joe@example.com>\n제목: 급여", False),
    "outlook_he": ("מאת: Ann Lee <ann@example.com>\nנשלח: יום שלישי 03 נובמבר 2026 10:00\nאל: Joe\nנושא: שכר", False),
    "outlook_ar": ("من: Ann Lee <ann@example.com>\nتم الإرسال: الثلاثاء، 3 نوفمبر 2026 10:00\nإلى: Joe\nالموضوع: الراتب", False),
    "forwarded_below_comment": ("---------- Forwarded message ---------\nFrom: Ann Lee <ann@example.com>\nDate: Tue, Nov 3, 2026 at 10:00 AM\nSubject: Pay\nTo: <joe@example.com>", False),
    "apple_forward": ("Begin forwarded message:\n\nFrom: Ann Lee <ann@example.com>\nSubject: Pay\nDate: November 3, 2026 at 10:00:00 AM GMT+1\nTo: joe@example.com", False),
    "gmail_hu_wrapped_before_the_address": ("Ann Alexandra Lee-Sommerville\n<ann.alexandra.lee@department.example.com> ezt írta (időpont: 2026.\nnov. 3., K, 10:00):", True),
    "gmail_tr_wrapped_before_the_address": ("Ann Alexandra Lee-Sommerville\n<ann.alexandra.lee@department.example.com>, 3 Kas 2026 Sal, 10:00\ntarihinde şunu yazdı:", True),
    "gmail_zh_wrapped_twice": ("Ann Alexandra Lee-Sommerville\n<ann.alexandra.lee@department.example.com> 于2026年11月3日周二\n10:00写道：", True),
    "gmail_et_wrapped_in_the_date": ("Ann Lee <ann.lee.with.a.long.name@department.example.com> kirjutas kuupäeval T, 3. november\n2026 kell 10:00:", True),
    "gmail_ru_wrapped_behind_the_year": ("вт, 3 нояб. 2026 г.\nв 10:00, Ann Alexandra Lee-Sommerville <ann.alexandra.lee@example.com>:", True),
    "outlook_mt": ("Minn: Ann Lee <ann@example.com>\nMibgħut: It-Tlieta, 3 ta’ Novembru 2026 10:00\nLil: Joe\nSuġġett: Paga", False),
    "outlook_ga": ("Ó: Ann Lee <ann@example.com>\nSeolta: Dé Máirt 3 Samhain 2026 10:00\nChuig: Joe\nÁbhar: Pá", False),
}  # fmt: skip

# Without a `>` below them, these lines could be words of the sender.
NEED_A_PREFIX = ("gnus", "mutt", "hotmail", "apple_mail_en_us")


@pytest.mark.parametrize("name", ATTRIBUTIONS)
@pytest.mark.parametrize(
    "answer", ["Thank you, that helps.", "Hi Ann,\n\nyes: I will send it on 3.11. at 10:00.\n\nRegards\nJoe"]
)
def test_reply_above_the_quote(name: str, answer: str) -> None:
    """The reply is visible; the attribution and the quote are not."""
    attribution, prefixed = ATTRIBUTIONS[name]
    quote = "Dear Joe,\n\nplease send the form.\n\nAnn\n"
    if prefixed:
        quote = "".join(f"> {line}\n" if line else ">\n" for line in quote.split("\n"))
    text = f"{answer}\n\n{attribution}\n\n{quote}"

    reply = visible_reply(text)

    assert reply.visible == answer
    assert reply.visible + reply.quoted == text


@pytest.mark.parametrize(
    "name", [name for name, (_, prefixed) in ATTRIBUTIONS.items() if prefixed and name not in NEED_A_PREFIX]
)
def test_quote_without_prefix(name: str) -> None:
    """The attribution is also found if the prefixes were lost when HTML became text."""
    attribution, _ = ATTRIBUTIONS[name]
    text = f"Thanks!\n\n{attribution}\nDear Joe,\nplease send the form.\nAnn\n"

    assert visible_reply(text).visible == "Thanks!"


@pytest.mark.parametrize(
    "words",
    [
        "You can reach me at joe@example.com.",
        "It began in 2026.",
        "Please ask ann.lee@example.com, it is about 2026.\nBest regards\nJoe",
        "Joe",
    ],
)
def test_words_right_above(words: str) -> None:
    """The line above an attribution is not part of it."""
    text = f"{words}\nAnn Lee <ann@example.com> ezt írta (időpont: 2026. nov. 3., K, 10:00):\n\n> Hello\n"

    assert visible_reply(text).visible == words
