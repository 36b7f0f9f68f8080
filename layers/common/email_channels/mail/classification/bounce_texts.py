"""Sentences of mail servers in bounces, by language.

Each row is a regular expression (see `patterns`). Add a sentence that only mail servers write to `_TEMPLATES`: it is
nearly proof. Add a sentence that people sometimes write, too, to `_PHRASES`: it is one signal of several.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.classification.patterns import any_of, joined

_TEMPLATES: Final = (
    # English
    r"this is the (?:mail|postfix|mail delivery) system at",
    r"hi[.!] {1,4}this is the .{1,60}(?:program|server|mailer|mail system|agent|daemon)",
    r"this message was created automatically by (?:the )?mail",
    r"did not reach the following recipient",
    r"the following address(?:es)? (?:had|failed|have|could)",
    r"permanent fatal errors",
    r"transient non-fatal errors",
    r"transcript of session follows",
    r"-{3,90} below this line is a copy of the message",
    r"-{3,90} this is a copy of (?:the|your) message",
    r"generating server:",
    r"diagnostic information for administrators",
    r"delivery to the following recipients? (?:failed|has been delayed)",
    r"delivery has failed to these recipients",
    r"the e-?mail account that you tried to reach",
    r"your message .{0,200}(?:wasn't|was not|couldn't be|could not be) delivered to ",
    r"this is an automatically generated delivery status",
    r"this is a delivery status notification from ",
    # German
    r"die folgende(?:n)? adresse(?:n)? (?:ist|sind|war)",
    # English
    r"\|-{3,90} ?(?:message log|failed addresses) follows?:",
    r"the following recipients?(?:\(s\))? (?:could not be reached|were affected)",
    r"not acceptable for delivery",
    # German
    r"zustellung fehlgeschlagen an folgende",
    r"fehler bei der nachrichtenzustellung",
    # French
    r"échec de la remise (?:à|aux)",
    # Dutch
    r"bezorging is mislukt voor",
    # Spanish
    r"no se pudo entregar el mensaje a estos",
    # Italian
    r"il recapito non è riuscito",
    # Portuguese
    r"falha na entrega a est",
    # Russian
    r"сбой доставки следующим",
    # Japanese
    r"次の(?:受信者|宛先).{0,20}配信(?:に失敗|できません)",
    # Chinese
    r"未能(?:传递|送达)到以下",
    r"無法傳遞給以下",
    # Korean
    r"다음 (?:받는 사람|수신자).{0,20}배달",
    # Chinese
    r"抱歉，您的邮件被退回来了",
    r"退信原因",
    # English
    r"your message cannot be delivered to the following recipients?",
    r"this report relates to (?:a|your) message",
    r"we had trouble delivering your message",
    r"xmail bounce:",
    r"unable to deliver (?:the )?following mail",
    r"your (?:message|mail|e-?mail) could not be delivered to(?:\s*:| the following|\n| [^\s@]{1,64}@)",
    r"(?:original|unsent|undelivered|returned) message follows",
)
_PHRASES: Final = (
    # English
    r"this is a permanent error",
    (
        r"your message (?:to .{1,100}? |with .{1,100}? |.{0,60})?"
        r"(?:could not be|couldn't be|was not|wasn't|has not been|cannot be|can not be|can't be) delivered"
    ),
    r"(?:could not|cannot|couldn't|unable to|can't) (?:be )?deliver(?:ed)?",
    r"delivery (?:to|has|of) .{0,200}?fail",
    r"undeliverable (?:mail|message|address)",
    r"wasn't delivered to",
    r"mailbox (?:is )?(?:full|unavailable|not found|does not exist)",
    r"recipient'?s? (?:address |mailbox )?(?:rejected|unknown|not found|is full)",
    r"user unknown",
    r"no such (?:user|mailbox|recipient|address)",
    r"unknown (?:user|recipient|address|local)",
    r"delivery attempts? will (?:continue|be)",
    r"message (?:has |is |was )?(?:been )?(?:returned|undeliverable|rejected|blocked)",
    r"(?:has|have|had) not been (?:delivered|sent)",
    r"(?:was|were|been) blocked by our",
    r"over quota",
    r"quota exceeded",
    r"exceeded (?:the |its )?(?:storage|quota)",
    r"mail(?:box)? quota",
    r"(?:smtp|remote) (?:error|server|host) .{0,80}(?:said|responded|rejected|returned|reported)",
    # German
    r"konnte nicht zugestellt werden",
    r"unzustellbar",
    r"empfänger (?:ist )?unbekannt",
    # French
    r"n'a pas pu être (?:remis|distribué|délivré)",
    r"utilisateur inconnu",
    # Spanish
    r"no (?:se )?(?:ha )?(?:pudo|podido) (?:ser )?(?:se )?entrega",
    r"usuario desconocido",
    # Italian
    r"non (?:è stato|può essere|è stata|ha potuto) (?:recapita|consegna)",
    # Portuguese
    r"não pôde ser entregue",
    r"não foi entregue",
    # Russian
    r"не (?:может быть|было|удалось|мож.{1,10}) доставл?",
    # Japanese
    r"配信(?:でき|不能)",
    r"送信でき(?:ません|なか)",
    r"配達でき",
    r"宛先不明",
    # Chinese
    r"无法(?:送达|投递)",
    r"退信",
    r"無法(?:送達|傳遞)",
    # Korean
    r"배달(?:되지|할 수)",
    r"전송 ?실패",
)
_OPENINGS: Final = (
    r"this is the (?:mail|postfix|mail delivery) system at ",
    r"hi[.!] {1,4}this is the .{1,60}(?:program|mail server|daemon)",
    r"this message was created automatically by (?:the )?mail (?:delivery|system|server)",
    r"-{3,90} ?the following addresses had (?:permanent|transient|delivery)",
    r"-{3,90} ?transcript of session follows",
    r"delivery to the following recipients? (?:failed|has been delayed)",
    r"delivery has failed to these recipients",
    r"this is an automatically generated delivery status",
    r"this is a delivery status notification from ",
    r"this is the (?:mail delivery agent|courier mail|.{1,40} mail(?:er)? (?:program|daemon|agent))",
    r"this report relates to a message you sent with the following header",
)

_DELAYED: Final = (
    # English
    (
        r"\b(?:delay(?:ed)?|warning:? (?:could not send|message|e-?mail|mail|delivery)|not yet|still (?:trying|being)"
        r"|will (?:be retried|keep trying|continue)|temporar)"
    ),
    # German
    "verzögert",
    # French, Catalan
    "différée|retardée?",
    # Spanish
    "retras",
    # Italian
    "ritard",
    # Portuguese
    "atraso|atrasad",
    # Dutch
    "vertraag",
    # Swedish, Norwegian, Danish
    "fördröj|forsink",
    # Finnish, Estonian
    "viiväst|hiline",
    # Polish, Czech, Slovak
    "opóźn|zpožd|oneskor",
    # Hungarian
    r"\bkés(?:ik|leltet|ve\b)",
    # Romanian
    "întârzi",
    # Croatian, Serbian, Slovenian, Bulgarian
    r"\bkašnj|\bkasni|zakasn|одложен|кашњ|забав(?:ен|я)",
    # Latvian, Lithuanian
    r"aizkav|\bkavēj|vėluoja|uždels",
    # Russian, Ukrainian
    "задерж|затрим",
    # Greek
    "καθυστέρ",
    # Turkish
    "gecik",
    # Indonesian, Malay
    "tertunda|tertangguh",
    # Vietnamese, Thai
    r"bị (?:chậm|trì hoãn)|ล่าช้า",
    # Arabic, Hebrew
    "تأخ|מתעכב|עיכוב",
    # Chinese, Japanese, Korean
    "延迟|延遲|遅延|遅れ|지연",
)
_TRIES_AGAIN: Final = (
    # English
    (
        r"\b(?:do not|don't|no) need to resend|\bneed not resend|\b(?:server|system) will (?:try|retry)"
        r"|will (?:be retried|keep trying|continue (?:to try|trying))"
    ),
    # German
    (
        r"(?:nicht|keine?) .{0,30}(?:erneut|noch ?mals?|noch einmal) (?:zu )?(?:senden|gesendet)"
        r"|weitere zustellversuche|(?:wird|werden) .{0,30}(?:erneut|weiter(?:hin)?) versuch"
    ),
    # French
    r"pas (?:besoin|nécessaire) de (?:le )?(?:renvoyer|réexpédier)|inutile de renvoyer|nouvelles? tentatives?",
    # Spanish
    r"no (?:es necesario|necesita|hace falta) (?:que )?(?:lo )?(?:reenv|vuelva|volver)|(?:volverá a|seguirá) intent",
    # Italian
    r"non è necessario (?:re)?inviar|non occorre (?:re)?inviar|(?:nuovi|ulteriori) tentativi",
    # Portuguese
    r"não (?:é necessário|precisa) (?:de )?(?:re)?envi|tentará novamente|novas tentativas",
    # Dutch
    r"hoeft .{0,40}niet opnieuw|opnieuw (?:geprobeerd|proberen)",
    # Swedish, Norwegian, Danish
    r"(?:behöver|behøver|trenger) (?:inte|ikke) .{0,40}(?:igen|igjen|på nytt|om meddel)|nya försök|nye forsø[gk]",
    # Finnish
    r"(?:ei tarvitse|älä) lähettää .{0,30}uudelleen|yrittää uudelleen|yritetään uudelleen",
    # Polish
    r"nie (?:musisz|trzeba|ma potrzeby) .{0,30}ponown|ponowne próby|kolejn(?:e|ych) prób",
    # Czech, Slovak
    r"ne(?:ní|musíte|nie je) .{0,40}(?:znovu|znova)|další pokusy|ďalšie pokusy",
    # Hungarian
    r"nem (?:kell|szükséges) .{0,30}(?:újra|ismét)|újra (?:meg)?próbál",
    # Romanian
    r"nu (?:este nevoie|trebuie) să .{0,20}retrimit|se va încerca din nou",
    # Russian, Ukrainian, Bulgarian
    (
        r"не (?:нужно|требуется|надо|потрібно|необходимо) .{0,40}(?:повторно|снова|ещ[её] раз|знову|отново)"
        r"|попытки (?:доставки )?(?:будут )?продолж|спроби .{0,20}тривати"
    ),
    # Greek
    r"δεν (?:χρειάζεται|απαιτείται) να .{0,20}ξανα",
    # Turkish
    r"(?:tekrar|yeniden) (?:göndermeniz(?:e)? gerek(?:mez|miyor| yok)|den(?:en)?ecek)",
    # Indonesian, Malay
    r"tidak perlu (?:mengirim|menghantar) (?:ulang|semula)|dicoba (?:kembali|lagi)",
    # Vietnamese
    r"không cần gửi lại|sẽ (?:thử|tiếp tục) .{0,10}(?:lại|gửi)",
    # Chinese, Japanese, Korean
    (
        r"(?:无需|無需|不需要|不必)(?:再次|重新)(?:发送|發送|傳送)|(?:继续|繼續|再次|重新)(?:尝试|嘗試)"
        r"|再送(?:信)?する必要はありません|再試行(?:し|され)ます|다시 보낼 필요|재시도"
    ),
)

DELAY: Final = any_of(_DELAYED)
"""Says that an email is delayed."""

GOES_ON_TRYING: Final = any_of(_TRIES_AGAIN)
"""Says that the server goes on trying to deliver an email, or that nobody has to send it again."""

REPORT_TEMPLATE: Final = any_of(_TEMPLATES)
"""Sentences that only mail servers write. People may quote them."""

REPORT_TEXT: Final = any_of(_TEMPLATES, _PHRASES)
"""Sentences of `REPORT_TEMPLATE`, and sentences that people sometimes write, too."""

REPORT_OPENING: Final = expression(rf"[\s*#=|_-]{{0,400}}((?:{joined(_OPENINGS)}))", re.IGNORECASE)
"""A template at the very top: no person wrote anything above it. Lines of stars or dashes may be above it.

Group 1 holds the sentence.
"""

# It begins with its first digit, which is found faster than a look at what is before it.
SMTP_CODE: Final = expression(
    r"[45](?<![\d.][45])(?:\d\d[ -]#?[245]\.\d\.\d|\.\d\.\d{1,3}\b|(?:(?<=5)5[01234]|(?<=4)(?:5[012]|21))"
    # an amount ("550 EUR") is not a code
    r"[ -](?!(?:[kmg]b|eur|usd|chf|gbp|€|\$|£|%|users?|units?|pieces?|stück|km|kg)\b))",
    re.IGNORECASE,
)
"""A reply code or an enhanced status code of SMTP."""

ATTACHED_BOUNCE: Final = expression(
    rb"^(?:from:.{0,200}(?:mailer[-_.]?daemon|postmaster@|microsoftexchange[0-9a-f]{10})"
    rb"|content-type:[ \t]{0,5}multipart/report)",
    re.IGNORECASE | re.MULTILINE,
)
"""Found in the header of an attached email that is itself a bounce."""
