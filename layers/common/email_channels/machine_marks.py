"""What machines' mail looks like: patterns of senders, sentences, subjects and headers. Data for `classification`.

A sentence may be put in any language; it is searched in the first 8,000 characters of the text, without regard to case.
"""

from __future__ import annotations

import re
from typing import Final

REPLY_PREFIX: Final = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?"
    r"(?:(?:re|aw|sv|vs|antw|rif|r|ref|回复|答复|回覆|答覆|返信)\s?(?:\[\d+\])?\s?[:：]\s*)+",
    re.IGNORECASE,
)
OFFICE_MATTERS: Final = re.compile(
    r"out of (?:the )?office (?:suppl|equipment|hours|polic|request|space|work|time|coverage|calendar|form|days|chairs)"
)
GATEWAY_TAG: Final = re.compile(r"^\s*\[(?:external|extern|ext|spam\??|caution|sec=[^\]]{1,30})\]\s*", re.IGNORECASE)
FORWARD_PREFIX: Final = re.compile(r"^\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vb|vs|pd|转发|轉寄|転送)\s?[:：]", re.IGNORECASE)
DAEMON_ADDRESS: Final = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|mailerdaemon|postmaster|mdaemon|maildeliverysystem|mail[-_.]?delivery"
    r"|mailsystem|mail[-_.]?system|microsoftexchange[0-9a-f]{10,40}|bounces?|bounce[-_+].*|mmsprocess|root-?mailer"
    r"|exchange[-_]?system|system[-_.]?administrator)$",
    re.IGNORECASE,
)
DAEMON_NAME: Final = re.compile(
    r"mail(?:er)?[ -]?(?:delivery )?(?:daemon|subsystem)|mail delivery (?:sub)?system|mail administrator|postmaster"
    r"|system administrator|microsoft (?:outlook|exchange)|mail ?system|internet mail delivery|delivery subsystem"
    r"|systemadministrator|administrateur système|mail transport|mail router",
    re.IGNORECASE,
)

# Sentences of mail servers that nobody else writes, unless they are quoted.
REPORT_TEMPLATES: Final = (
    r"this is the (?:mail|postfix|mail delivery) system at",
    r"hi\. this is the ",
    r"this message was created automatically by (?:the )?mail",
    r"did not reach the following recipient",
    r"the following address(?:es)? (?:had|failed|have|could)",
    r"permanent fatal errors|transient non-fatal errors",
    r"transcript of session follows",
    r"-{3,} below this line is a copy of the message",
    r"-{3,} this is a copy of (?:the|your) message",
    r"generating server:|diagnostic information for administrators",
    r"delivery to the following recipients? (?:failed|has been delayed)",
    r"delivery has failed to these recipients",
    r"the e-?mail account that you tried to reach",
    r"your message .{0,200}(?:wasn't|was not|couldn't be|could not be) delivered to ",
    r"this is an automatically generated delivery status",
    r"die folgende(?:n)? adresse(?:n)? (?:ist|sind|war)",
    r"抱歉，您的邮件被退回来了|退信原因",
)
# What reports say, and people say now and then.
REPORT_WORDS: Final = (
    r"this is a permanent error",
    (
        r"your message (?:to .{1,100}? |with .{1,100}? |.{0,60})?(?:could not be|couldn't be|was not|wasn't|has not"
        r" been|cannot be|can not be|can't be) delivered"
    ),
    r"(?:could not|cannot|couldn't|unable to|can't) (?:be )?deliver(?:ed)?",
    r"delivery (?:to|has|of) .{0,200}?fail",
    r"undeliverable (?:mail|message|address)",
    r"wasn't delivered to",
    r"mailbox (?:is )?(?:full|unavailable|not found|does not exist)",
    r"recipient'?s? (?:address |mailbox )?(?:rejected|unknown|not found|is full)",
    r"user unknown|no such (?:user|mailbox|recipient|address)|unknown (?:user|recipient|address|local)",
    r"delivery attempts? will (?:continue|be)",
    r"message (?:has )?(?:been )?(?:was )?(?:returned|undeliverable|rejected)",
    r"over quota|quota exceeded|exceeded (?:the |its )?(?:storage|quota)|mail(?:box)? quota",
    r"(?:smtp|remote) (?:error|server|host) .{0,80}(?:said|responded|rejected|returned|reported)",
    r"konnte nicht zugestellt werden|unzustellbar|empfänger (?:ist )?unbekannt",
    r"n'a pas pu être (?:remis|distribué|délivré)|utilisateur inconnu",
    r"no (?:se )?(?:ha )?pudo (?:ser )?(?:se )?entrega|usuario desconocido",
    r"non (?:è stato|può essere|è stata|ha potuto) (?:recapita|consegna)",
    r"não pôde ser entregue|não foi entregue",
    r"не (?:может быть|было|удалось|мож.{1,10}) доставл?",
    r"配信(?:でき|不能)|送信でき(?:ません|なか)|配達でき|宛先不明",
    r"无法(?:送达|投递)|退信|無法(?:送達|傳遞)|배달(?:되지|할 수)|전송 ?실패",
)
REPORT_TEMPLATE: Final = re.compile("|".join(REPORT_TEMPLATES), re.IGNORECASE)
REPORT_TEXT: Final = re.compile("|".join((*REPORT_TEMPLATES, *REPORT_WORDS)), re.IGNORECASE)
SMTP_CODE: Final = re.compile(
    r"(?<![\d.])(?:[45]\d\d[ -]#?[245]\.\d\.\d|[45]\.\d\.\d{1,3}\b|(?:550|551|552|553|554|450|451|452|421)[ -])"
)

# Headers that only automatic answers have; None: whatever the value.
AUTOMATIC_REPLY_HEADERS: Final = (
    ("x-autoreply", None),
    ("x-autorespond", None),
    ("x-autoresponder", None),
    ("x-auto-reply", None),
    ("x-auto-reply-from", None),
    ("x-autoreply-from", None),
    ("x-autoreply-domain", None),
    ("x-autoresponse", None),
    ("x-autoresponse-sender", None),
    ("x-mail-autoreply", None),
    ("x-mailer-autoreply", None),
    ("x-vacation", None),
    ("x-away", None),
    ("x-oof", None),
    ("auto-reply", None),
    ("x-ms-exchange-generated-message-source", re.compile("mailbox rules|oof|autoreply", re.IGNORECASE)),
    ("x-autogenerated", re.compile(r"reply", re.IGNORECASE)),
    ("x-auto-generated", re.compile(r"reply", re.IGNORECASE)),
    ("x-pn-reply", None),
    ("x-php-autoreply", None),
    ("x-fc-machinegenerated", re.compile("auto|reply", re.IGNORECASE)),
    ("x-post-messageclass", re.compile("autorespond", re.IGNORECASE)),
    ("delivered-to", re.compile(r"^autoresponder$", re.IGNORECASE)),
    ("preference", re.compile(r"auto[-_]?repl", re.IGNORECASE)),
    ("precedence", re.compile(r"auto[-_]?repl|auto[-_]?respond", re.IGNORECASE)),
    ("x-precedence", re.compile(r"auto[-_]?repl|auto[-_]?respond", re.IGNORECASE)),
    ("x-mailer", re.compile(r"auto-?(?:reply|respond)|vacation|out ?of ?office", re.IGNORECASE)),
    ("message-id", re.compile(r"auto-?repl(?:y|ies)|autorespond|vacation", re.IGNORECASE)),
    ("user-agent", re.compile(r"auto-?(?:reply|respond)|vacation", re.IGNORECASE)),
    ("return-path", re.compile(r"auto-?reply|autorespond|vacation", re.IGNORECASE)),
    ("from", re.compile(r"auto-?reply@|autorespon|vacation@", re.IGNORECASE)),
)
