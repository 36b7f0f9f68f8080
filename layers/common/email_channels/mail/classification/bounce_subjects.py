"""Subjects of bounces, by language.

To add a phrase, write it below its language, in lower case and with accents. Subjects are compared without `Re:` and
without regard to case (`caseless`).
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.caseless import by_caseless
from email_channels.mail.classification.patterns import any_of, joined

# The subjects of bounces begin with one of these. In subjects of mail servers, phrases of at least 14 characters also
# count in the middle; if there are several, the first in this order is the evidence.
BOUNCE_SUBJECTS: Final = by_caseless((
    # English, as mail servers write it
    "undeliverable", "undelivered mail", "undelivered", "undeliverd", "undeliverable mail", "undeliverable message",
    "delivery status notification", "delivery failure", "delivery failed", "delivery has failed", "delivery report",
    "delivery notification", "delivery problem", "delivery error", "delivery unsuccessful", "delivery delayed",
    "delivery incomplete", "delivery status", "delivery temporarily delayed", "mail delivery failed",
    "mail delivery failure", "mail delivery system", "mail delivery subsystem", "mail delivery error",
    "mail delivery problem", "mail delivery delayed", "mail delivery report", "mail delivery status",
    "mail not delivered", "mail could not be delivered", "mail system error", "mail error", "mail failure",
    "mail returned", "mail failed", "mailer-daemon", "message delivery has failed", "message delivery failure",
    "message undeliverable", "message not delivered", "message could not be delivered", "message delayed",
    "message status - undeliverable", "message blocked", "message rejected", "your message couldn't be delivered",
    "your message could not be delivered", "your message was not delivered", "returned mail", "returned email",
    "returned e-mail", "returned message", "return receipt failed", "returned to sender", "failure notice",
    "failed mail", "failed delivery", "failure delivery", "failed:", "failure:", "failed to deliver",
    "could not send message", "could not deliver", "unable to deliver", "undelivery", "non-delivery", "non delivery",
    "nondeliverable", "nondelivery", "non-deliverable", "notification of delivery", "notification: delivery",
    "warning: could not send message", "warning: message", "warning: e-mail", "postmaster notify", "bounce",
    "bounced", "address error", "user unknown", "unknown user", "unknown address", "recipient unknown",
    "no such user", "rejected:", "error sending mail", "error mail", "delayed mail", "delayed:", "blocked by",
    "email not deliverable", "email delivery", "e-mail delivery", "permanent delivery failure", "permanent fail",
    "transient delivery", "transient failure", "problems delivering", "permanent failure", "problem delivering",
    "original message could not be delivered", "considered unsolicited", "esmtp delivery failure", "smtp delivery",
    "mta-warning", "notice: mail delivery", "warning - delivery", "mdaemon notification", "mdaemon warning",
    "there was an error sending your mail", "error sending message", "automatically rejected mail",
    # German
    "unzustellbar", "zustellung fehlgeschlagen", "nicht zustellbar", "unzustellbarkeit", "fehler bei der zustellung",
    "benachrichtigung zum übermittlungsstatus", "benachrichtung zum", "mitteilung über fehlgeschlagene",
    "zustellfehler", "mail unzustellbar", "nachricht nicht zugestellt", "übermittlungsstatus",
    "zustellung verzögert", "nicht zugestellt", "ihre nachricht konnte nicht",
    # French
    "non remis", "échec de la remise", "échec de remise", "echec de remise", "non distribué", "message non délivré",
    "courrier non distribué", "non délivrable", "undelivered:", "notification d'état", "remise différée",
    "échec d'envoi",
    # Spanish
    "no se puede entregar", "no se pudo entregar", "no entregado", "no se ha podido entregar",
    "mensaje no entregado", "notificación de estado de la entrega", "notificación de estado de entrega",
    "entrega fallida", "error en la entrega", "devuelto", "correo devuelto",
    # Portuguese
    "não é possível entregar", "não foi possível entregar", "não entregue", "não entregável",
    "notificação de status de entrega", "falha na entrega", "falha de entrega", "mensagem não entregue",
    # Italian
    "non recapitabile", "mancata consegna", "non consegnato", "notifica dello stato del recapito",
    "notifica di mancato recapito", "messaggio non recapitato", "impossibile recapitare", "mancato recapito",
    "anomalia messaggio", "avviso di mancata consegna",
    # Dutch
    "onbestelbaar", "niet bestelbaar", "niet afgeleverd", "melding van mislukte",
    # Swedish
    "olevererbart", "går inte att leverera", "kan inte levereras",
    # Norwegian and Danish
    "kunne ikke leveres", "kan ikke leveres", "kan ikke levere", "leveringsfejl", "leveringsfeil",
    # Finnish
    "ei voida toimittaa", "toimittaminen epäonnistui", "toimitus epäonnistui", "ei toimitettu",
    # Polish
    "nie można dostarczyć", "niedostarczalne", "niedostarczona", "niedostarczon", "nie dostarczono",
    # Czech and Slovak
    "nedoručitelné", "nedoručitelná", "nedoručiteľné", "nelze doručit",
    # Hungarian
    "kézbesíthetetlen", "a kézbesítés sikertelen",
    # Romanian
    "nu poate fi livrat", "nelivrat",
    # Russian
    "недоставленное сообщение", "недоставлено", "не удается доставить", "не удалось доставить",
    "сообщение не доставлено", "ошибка доставки", "не доставлено",
    # Ukrainian
    "не вдалося доставити", "неможливо доставити",
    # Bulgarian
    "недоставимо",
    # Croatian
    "neisporučivo",
    # Slovenian
    "ni mogoče dostaviti",
    # Turkish
    "teslim edilemedi", "teslim edilemez", "iletilemedi", "teslim edilemeyen",
    # Greek
    "αδύνατη η παράδοση", "δεν είναι δυνατή η παράδοση", "αποτυχία παράδοσης",
    # Hebrew
    "לא ניתן למסירה", "אין אפשרות למסור",
    # Arabic
    "غير قابل للتسليم", "يتعذر تسليم", "تعذر تسليم",
    # Chinese
    "系统退信", "退信", "未送达", "無法傳遞", "无法送达", "無法送達", "投递失败", "未传递", "未傳遞", "无法传递",
    "邮件被退回",
    # Japanese
    "配信不能", "配信できませんでした", "配信エラー", "配達できませんでした", "配送不能", "配信状況の通知",
    "送信エラー", "メール送信エラー", "送信失敗", "送信できませんでした",
    # Korean
    "전달 실패", "배달되지 않음", "배달할 수 없음", "반송", "전송 실패",
    # Thai
    "ไม่สามารถส่ง",
    # Vietnamese
    "không thể gửi",
    # Indonesian
    "tidak terkirim", "tidak dapat dikirim",
))  # fmt: skip

_SERVERS_SUBJECTS: Final = (
    r"undelivered mail returned to sender",
    r"mail delivery failed ?: returning message to sender",
    r"delivery status notification \((?:failure|delay|fehlgeschlagen|échec)\)",
    r"returned mail: (?:see transcript for details|user unknown|host unknown)",
    r"delivery failure: (?:user .{1,200} not |error transferring|no route found).{0,200}",
    r"mail system error - returned mail",
    r"there was an error sending your mail",
    r"delivery notification: delivery has (?:failed|been delayed)",
    r"warning: message \S{6,40} delayed .{1,40}",
    r"warning: could not send message for past .{1,40}",
)
SERVERS_SUBJECT: Final = expression(joined(_SERVERS_SUBJECTS), re.IGNORECASE)
"""Whole subjects that mail servers write. People write such a subject only in order to ask about it."""

RETURNS_NOTHING: Final = any_of((
    # lists of what was held back
    "quarantine",
    "digest",
    "summary",
    r"virus(?!.{0,60}(?:from you|in your (?:e-?mail|mail|message)))",
    "spam report",
    "quarantäne",
    # reports on a domain (DMARC: RFC 7489, TLS: RFC 8460)
    "report domain:",
    "dmarc",
    "aggregate report",
    # warnings about a mailbox
    "almost full",
))  # fmt: skip
"""In subjects of other emails that mail servers send: they return no email."""
