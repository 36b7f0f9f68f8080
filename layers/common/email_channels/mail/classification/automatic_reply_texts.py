"""Sentences of automatic replies, acknowledgements, challenges and receipts, by language.

Each row is a regular expression (see `patterns`). To add a sentence, write a row below its language.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.classification.patterns import any_of

_SAYS_AUTOMATIC: Final = (
    # English
    r"this is an (?:automat(?:ic|ed)|auto[- ]?generated) (?:reply|response|answer|message|acknowledg)",
    r"(?:automat(?:ic|ed)|auto) ?-?(?:reply|response) to your (?:e-?mail|message)",
    (
        r"this (?:message|e-?mail) (?:was|has been|is)"
        r" (?:automatically (?:generated|sent)|generated automatically|sent automatically)"
    ),
    r"only notification you will receive while",
    # German
    (
        r"(?:dies|hierbei handelt es sich|es handelt sich) (?:ist |um )?(?:hierbei )?(?:um )?"
        r"ein(?:e)? (?:automatisch|automatisiert)"
    ),
    r"diese (?:e-?mail|nachricht|antwort) wurde automatisch",
    # French
    r"ceci est (?:un message|une réponse) automatique",
    # Spanish
    r"este es un mensaje automático",
    r"esta es una respuesta automática",
    # Italian
    r"questo è un messaggio automatico",
    # Dutch
    r"dit is een automatisch",
    # Portuguese
    r"esta é uma (?:mensagem|resposta) automática",
    # Russian
    r"это автоматическ",
    # Japanese. People ask how an automatic reply is set up; a program says "this is".
    r"自動(?:返信|応答|送信)(?:メール)?(?:です|により|にて|され|でお|しています|となり)",
    # Chinese
    r"(?:这|這|此|本|系统|系統)[^\n]{0,12}自[动動](?:回复|答复|回覆|答覆|发送|發送)",
    # Korean
    r"자동 ?(?:회신|응답|발송)[^\n]{0,6}(?:입니다|되었|됩니다|된 )",
)
_SAYS_AUTOMATIC_REPLY: Final = (
    # English
    r"\b(?:automat(?:ic|ed)|auto|computer[- ]generated) ?-?(?:reply|response|answer|acknowledge?ment)\b",
    # German
    r"automatisch(?:e[sr]?|erstellte)? (?:antwort|rückantwort|beantwoording)",
    # French
    r"réponse automatique",
    # Spanish
    r"respuesta automática",
    # Italian
    r"risposta automatica",
    # Portuguese
    r"resposta automática",
    # Russian
    r"автоматический ответ",
    # Dutch
    r"automatische reactie",
    # Japanese
    r"自動(?:返信|応答)",
    # Chinese
    r"自动(?:回复|答复)",
    # Korean
    r"자동 ?(?:회신|응답)",
)
_ACKNOWLEDGES: Final = (
    # English
    (
        r"your (?:request|message|e-?mail|ticket|enquiry|inquiry|case|mail)\b.{0,120}?"
        r"(?:has been|was|is being|have been) (?:successfully )?"
        r"(?:received|created|logged|registered|opened|held|reviewed by our)"
    ),
    r"(?:we|i)(?: have|'ve)? (?:got|received) your (?:request|message|e-?mail|ticket|enquiry|inquiry)",
    r"(?:confirm|acknowledge)(?:ing)? (?:that )?(?:we|receipt)",
    r"thank you for (?:contacting|your (?:request|message|e-?mail|enquiry|inquiry))",
    r"is being held until the list moderator",
    # German
    r"(?:ihre|deine) (?:anfrage|nachricht|e-?mail|meldung)\b.{0,80}?(?:erhalten|eingegangen|entgegengenommen)",
    r"(?:vielen )?dank für ihre (?:anfrage|nachricht|e-?mail)",
    # French
    r"(?:nous avons bien reçu|nous accusons réception)",
    # Spanish
    r"hemos recibido (?:su|tu) (?:solicitud|mensaje|correo)",
    # Italian
    r"abbiamo ricevuto la (?:tua|sua|vostra) richiesta",
    # Dutch
    r"we hebben (?:uw|je) (?:verzoek|bericht|e-?mail) ontvangen",
    # Portuguese
    r"recebemos (?:a )?su?a (?:solicitação|mensagem)",
    # Russian
    r"ваш(?:е|а) (?:обращение|заявка|письмо|сообщение).{0,60}?(?:получен|зарегистрирован|принят)",
)
_CHALLENGES: Final = (
    # English
    (
        r"(?:release|deliver|unblock) (?:your|this|the) (?:message|e-?mail|mail)"
        r" (?:for delivery|.{0,60}?please (?:click|reply|send|visit))"
    ),
    (
        r"(?:message|e-?mail|mail)\b.{0,80}?(?:is|has been) (?:being )?(?:held|waiting|quarantined)\b.{0,80}?"
        r"(?:because|until|in (?:a|the|my|their) |for (?:you|approval|moderation|confirmation|verification))"
    ),
    r"(?:confirm|verify) (?:that you are|you are|yourself as)\b",
    r"(?:complete|pass) (?:the|this|a) .{0,40}?verification",
    r"protect(?:ing)? (?:myself|themselves) from (?:receiving )?(?:junk|spam)",
    r"senders (?:i|they) have approved",
    r"challenge[- ]response",
    r"one-time (?:confirmation|verification|approval) (?:request|process|step)?",
)
_SAYS_READ: Final = (
    # English
    r"(?:was|has been) (?:(?:read|opened|displayed|deleted without being read)\b|(?:received|seen) by:)",
    # German
    r"wurde .{0,60}?(?:gelesen|geöffnet|gelöscht)",
    # French
    r"a été (?:lu|supprimé|ouvert)",
    # Spanish
    r"(?:se leyó|fue leído|ha sido leído|se eliminó)",
    # Italian
    r"è stato (?:letto|eliminato)",
    # Portuguese
    r"foi (?:lida|lido|excluída)",
    # Dutch
    r"is (?:op .{0,60}?)?gelezen",
    # Danish and Norwegian
    r"(?:blev|ble) læst",
    # Swedish
    r"lästes",
    # Finnish
    r"on luettu",
    # Polish
    r"zostało? (?:przeczytan|odczytan)",
    # Czech
    r"byla přečtena",
    # Ukrainian and Russian
    r"прочитано",
    r"прочтено",
    # Turkish
    r"okundu",
    # Chinese
    r"(?:已|被)(?:阅|閱)?[读讀]",
    # Japanese
    r"開封されました",
    # Korean
    r"읽었습니다",
)
# What Outlook writes when a sender recalls an email, without the name and the subject.
_RECALLS: Final = (
    # English
    r"recall the (?:message|e-?mail)",
    # German
    r"(?:nachricht|e-?mail) .{0,10}zurück(?:zu)?rufen",
    # French
    r"(?:rappeler|rappel du) (?:le )?(?:message|courrier)",
    # Spanish
    r"(?:recuperar|retirar) el (?:mensaje|correo)",
    # Italian
    r"(?:richiamare|ritirare) il messaggio",
    # Portuguese
    r"(?:cancelar|recuperar|recolher|anular|revogar) a mensagem",
    # Dutch
    r"bericht .{0,10}(?:intrekken|in te trekken|terughalen)",
    # Swedish
    r"återkalla meddelande",
    # Danish
    r"(?:tilbagekalde|kalde) meddelelsen",
    # Norwegian
    r"(?:tilbakekalle|trekke tilbake|kalle tilbake) meldingen",
    # Finnish
    r"(?:peruuttaa|palauttaa|kutsua takaisin) viestin",
    # Polish
    r"(?:odwołać|wycofać) wiadomość",
    # Czech and Slovak
    r"(?:odvolat|odvolať|vzít zpět) (?:zprávu|správu)",
    # Hungarian
    r"(?:visszahív|visszavon|vissza szeretné (?:hívni|vonni))",
    # Russian and Ukrainian
    r"(?:отозвать|отменить|відкликати) (?:сообщение|письмо|повідомлення)",
    # Turkish
    r"(?:iletisini|iletiyi) geri (?:çek|çağır)",
    # Chinese
    r"撤回|召回|收回",
    # Japanese
    r"取り消|回収|リコール",
    # Korean
    r"회수|취소",
)
_FEEDBACK: Final = (r"\b(?:abuse|complaint|feedback|authentication failure) report\b.{0,60}?\bfor\b",)

AUTOMATIC_TEXT: Final = any_of(_SAYS_AUTOMATIC)
"""Says that a program wrote the email."""

AUTOMATIC_REPLY_TEXT: Final = any_of(_SAYS_AUTOMATIC_REPLY)
"""Says that the email is an automatic reply, and not only that a program wrote it."""

ACKNOWLEDGEMENT_TEXT: Final = any_of(_ACKNOWLEDGES, flags=re.IGNORECASE | re.DOTALL)
"""Says that a request was received."""

CHALLENGE_TEXT: Final = any_of(_CHALLENGES, flags=re.IGNORECASE | re.DOTALL)
"""Says that an email is held back until its sender proves that a person wrote it."""

READ_TEXT: Final = any_of(_SAYS_READ)
"""Says that an email was read, or was deleted unread."""

READ_OR_FEEDBACK_TEXT: Final = any_of(_SAYS_READ, _FEEDBACK)
"""Says that an email was read, or that somebody complained about it."""

RECALL_TEXT: Final = any_of(_RECALLS)
"""Says that the sender wants to recall an email. Only Outlook's whole sentence shows that a program says so."""
