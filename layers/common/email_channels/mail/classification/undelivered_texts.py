"""Sentences that say that an email was not delivered, or that a list refused it, by language.

Each row is a regular expression (see `patterns`). They are looked for in texts on one line, with single spaces. People
write such sentences, too, so something else must show that a program wrote them. Couriers write that a parcel was not
delivered, so each sentence must be about a message. Absence notices say that a message is not forwarded, so that word
is missing here.
"""

from __future__ import annotations

from typing import Final

from email_channels.mail.classification.patterns import any_of

_WITHIN: Final = r"(?:[^.!?]|[.!?](?=[^\s])){0,150}?"
"""Words of the same sentence. Addresses have full stops, too."""

_NO_REPLY: Final = r"(?<!\bto )(?<!\bauf )(?<!\bà )(?<!\ba )(?<!\bop )(?<!\bpå )"
"""Not behind "replies to": programs write that replies to their email are not delivered."""

_UNDELIVERED: Final = (
    # English
    (
        _NO_REPLY
        + r"(?:the|your|this|that|following|attached) (?:(?:multimedia|picture|voice|video) )?"
        + r"(?:e-?mail|mail|message|sms|mms|text(?: message)?|fax|page)\b"
        + _WITHIN
        + r"(?:could not|couldn't|cannot|can't|can not|was not|wasn't|has not|hasn't|were not|have not)"
        + r" (?:been |be )?(?:successfully )?(?:delivered|sent|accepted|transmitted)"
    ),
    (
        _NO_REPLY
        + r"(?:the|your|this|that) (?:e-?mail|mail|message|sms|mms|text message|fax|page|message (?:you sent|below))\b"
        + _WITHIN
        + r"(?:is|was|were|has been) (?:undeliverable|undelivered|rejected|refused|blocked|returned|bounced)"
    ),
    (
        r"(?:unable|failed|not able|could not|cannot|couldn't) (?:to )?"
        r"(?:deliver|send) (?:the|your|this|following|an?) (?:following )?"
        r"(?:e-?mail|mail|message|sms|mms|text|fax|page)\b"
    ),
    r"messages? (?:you sent )?(?:was|were|has been) rejected by (?:our|the|a) ",
    # German
    (
        _NO_REPLY
        + r"(?:ihre|deine|die|diese|folgende) (?:e-?mail|mail|nachricht|sms|mms|telefax)\b"
        + _WITHIN
        + r"(?:nicht (?:zugestellt|ausgeliefert|übermittelt|gesendet|versendet|angenommen|zustellbar)"
        + r"|abgewiesen|abgelehnt|zurückgewiesen|blockiert|unzustellbar)"
    ),
    # French
    (
        _NO_REPLY
        + r"(?:votre|le|ce) (?:message|courriel|e-?mail|mail|mms|sms|courrier|fax)\b"
        + _WITHIN
        + r"(?:n['’]a pas (?:pu être |été )?(?:remis|distribué|délivré|livré|envoyé|acheminé)"
        + r"|n['’]a pu être |a été (?:rejeté|refusé|bloqué))"
    ),
    # Spanish
    (
        _NO_REPLY
        + r"(?:su|tu|el|este) (?:mensaje|correo|e-?mail|sms|fax)\b"
        + _WITHIN
        + r"(?:no (?:se )?(?:ha |pudo |puede |fue ).{0,30}(?:entrega|envia)|(?:fue|ha sido) rechazad)"
    ),
    # Italian
    (
        _NO_REPLY
        + r"(?:il|suo|tuo|questo|l['’]) ?(?:messaggio|e-?mail|mail|sms|fax)\b"
        + _WITHIN
        + r"(?:non (?:è stat[oa]|può essere|ha potuto essere|è possibile).{0,20}(?:consegna|recapita|invia)"
        + r"|è stat[oa] (?:respint|rifiutat))"
    ),
    # Portuguese
    (
        _NO_REPLY
        + r"(?:sua|tua|a|esta) (?:mensagem|e-?mail)\b"
        + _WITHIN
        + r"(?:não (?:pôde|pode|foi|p[ôo]de ser) .{0,15}(?:entregue|enviad)|foi (?:rejeitad|recusad))"
    ),
    # Dutch
    (
        _NO_REPLY
        + r"(?:uw|je|het|dit) (?:bericht|e-?mail|mail|sms|fax)\b"
        + _WITHIN
        + r"(?:niet (?:worden |kunnen worden )?(?:afgeleverd|bezorgd|verzonden)|geweigerd)"
    ),
    # Swedish, Danish, Norwegian
    (
        r"(?:meddelande|meddelandet|meddelelsen?|besked|beskeden|meldingen|melding|e-?post|e-?posten|mail|sms)\b"
        + _WITHIN
        + r"(?:kunde inte|kunne ikke|kan inte|kan ikke|har inte|har ikke) (?:be |blive |bli )?(?:lever|skick|send)"
    ),
    # Finnish
    r"viesti(?:ä|äsi)? ei (?:voitu|voida|ole) (?:toimitta|toimitettu|lähet)",
    # Polish
    r"wiadomoś[ćc]i?\b" + _WITHIN + r"(?:nie (?:została|może|mogła|udało).{0,20}(?:dostarcz|doręcz|wysła)|odrzucona)",
    # Czech and Slovak
    r"(?:zpráv|správ)[auy]?\b" + _WITHIN + r"(?:nebyla|nemohla|nelze|nebola|nemožno|nedá).{0,15}doru[čc]",
    # Hungarian
    r"(?:üzenet|levél|levele|üzenete)\w{0,4}\b"
    + _WITHIN
    + r"(?:nem (?:volt |lehet|sikerült).{0,20}kézbesít|kézbesíthetetlen)",
    # Romanian
    r"mesajul\b" + _WITHIN + r"nu (?:a putut|poate|a fost).{0,15}(?:livrat|trimis)",
    # Russian and Ukrainian
    (
        r"(?:сообщени|письм|повідомленн|лист)[еоя]?\b"
        + _WITHIN
        + r"(?:не (?:было|может|удалось|вдалося|може).{0,20}достав|не доставлен|отклонен)"
    ),
    # Turkish
    r"(?:ileti|mesaj|e-?posta)\w{0,6}\b" + _WITHIN + r"(?:teslim edile?medi|iletilemedi|gönderilemedi|reddedildi)",
    # Greek
    r"(?:μήνυμα|μηνύματ)\w{0,3}\b" + _WITHIN + r"δεν (?:ήταν δυνατ|μπόρεσε|παραδόθηκε|είναι δυνατ)",
    # Japanese
    r"(?:メッセージ|メール|宛先|あて先).{0,60}(?:送信|配信|配達|配送|お届け)(?:でき(?:ません|なか)|されません|されなか)",
    # Chinese
    r"(?:邮件|信件|郵件|短信|简讯|簡訊|彩信).{0,60}(?:无法|未能|不能|無法|没有|未被)(?:送达|投递|发送|传递|送達|傳遞|投遞|發送)",
    # Korean
    r"(?:메일|메시지|문자).{0,60}(?:전송|배달|전달|발송).{0,6}(?:실패|못|없|않)",
    # Arabic
    r"(?:رسالت|الرسالة).{0,60}(?:تعذر|لم يتم|لا يمكن) (?:تسليم|إرسال)",
    # Catalan
    r"missatge\b.{0,60}?no (?:s['’]ha pogut|ha pogut ser) (?:lliura|entrega|envia)",
    # Bulgarian
    r"(?:съобщени|писмо)\w{0,3}\b.{0,60}?не (?:беше|бе|можа|може)\b.{0,15}достав",
    # Croatian and Serbian
    r"poruk[aeu]\b.{0,60}?nije (?:isporučen|dostavljen|poslan)|порук[аеу]\b.{0,60}?није (?:испоручен|достављен|послат)",
    # Lithuanian, Latvian and Estonian
    r"laišk\w{1,2}\b.{0,60}?nepristatyt",
    r"(?:vēstul|ziņojum)\w{1,2}\b.{0,60}?(?:netika|nevar|nevarēja) piegād",
    r"(?:kirja|teadet|sõnumit) ei (?:saanud|õnnestunud|olnud võimalik) (?:kohale )?toimeta",
    # Vietnamese
    r"(?:thư|tin nhắn|e-?mail)\b.{0,40}?không (?:thể )?(?:gửi|chuyển|phát) (?:được|đến|đi)",
    # Indonesian and Malay
    r"(?:pesan|surel|e-?mel)\b.{0,60}?tidak (?:dapat|bisa|berhasil) (?:di)?(?:kirim|sampaikan|hantar)",
    # Thai
    r"(?:ข้อความ|อีเมล|จดหมาย).{0,40}?(?:ไม่สามารถ(?:จัด)?ส่ง|ส่งไม่สำเร็จ|ไม่ถูกส่ง)",
    # Hebrew and Persian
    r"(?:ההודעה|הודעתך|הדואר).{0,40}?לא (?:נמסרה?|נשלחה?)",
    r"(?:پیام|ایمیل|نامه).{0,40}?(?:تحویل|ارسال) (?:داده )?نشد",
)

_YOUR_MESSAGE: Final = r"(?:your|the|this) (?:message|mail|e-?mail|post|posting|submission)\b"
_NOT_MEMBER: Final = (
    r"(?:not (?:a |currently (?:a )?)?(?:list )?(?:member|subscriber|subscribed)|non-?members?|not from a list member"
    r"|(?:restricted|reserved|open only) to (?:list |its )?(?:members|subscribers)"
    r"|only (?:list )?(?:members|subscribers) (?:may|can|are))"
)
_REFUSED: Final = (
    r"(?:rejected|refused|denied|returned|not (?:been )?(?:posted|accepted|distributed|delivered)"
    r"|(?:unable|could not|cannot) (?:to )?be (?:delivered|posted))"
)
_LIST_REFUSALS: Final = (
    # English
    (
        r"you are not (?:allowed|authori[sz]ed|permitted) to (?:post|send (?:e-?mail|mail|messages?|this message))"
        r".{0,30}\b(?:list|group)\b"
    ),
    rf"{_YOUR_MESSAGE}.{{0,200}}?{_REFUSED}.{{0,120}}?{_NOT_MEMBER}",
    rf"{_NOT_MEMBER}.{{0,120}}?{_YOUR_MESSAGE}.{{0,80}}?{_REFUSED}",
    # German
    (
        r"(?:sie dürfen keine|sie sind nicht (?:berechtigt|autorisiert|befugt)).{0,60}"
        r"\b(?:an|in|auf) .{0,20}(?:mailing-?)?(?:liste|gruppe)"
    ),
    (
        r"nachricht\b.{0,120}?(?:abgelehnt|abgewiesen|zurückgewiesen)"
        r".{0,120}?(?:kein mitglied|nicht abonniert|nur mitglieder|nur abonnenten)"
    ),
    # French
    r"vous n['’]êtes pas autorisé(?:\(?e\)?)? à (?:envoyer|poster|diffuser|publier)",
    r"message\b.{0,120}?(?:rejeté|refusé).{0,160}?(?:réservée? aux (?:abonnés|membres)|pas (?:abonné|membre))",
    # Spanish
    r"(?:no está autorizado|no tiene permiso|no se le permite) .{0,40}(?:enviar|publicar) .{0,60}lista",
    r"mensaje\b.{0,120}?rechazado.{0,160}?no (?:es|está) (?:miembro|suscri[pt]to)",
    # Italian
    r"(?:non è autorizzato|non sei autorizzato|non ha il permesso) .{0,40}(?:inviare|spedire|scrivere) .{0,60}lista",
    r"messaggio\b.{0,120}?(?:respinto|rifiutato).{0,160}?non (?:è|sei|risulta) (?:iscritto|membro)",
    # Portuguese
    r"(?:não está autorizado|não tem permissão) .{0,40}(?:enviar|publicar|postar) .{0,60}lista",
    # Dutch
    r"(?:u mag geen|u bent niet gerechtigd).{0,60}(?:mailing)?lijst",
    r"bericht\b.{0,120}?(?:geweigerd|afgewezen).{0,160}?geen lid",
    # Polish
    r"wiadomość\b.{0,120}?odrzucona.{0,160}?(?:nie jest|nie jesteś).{0,30}(?:członkiem|subskrybentem|zapisan)",
)

UNDELIVERED: Final = any_of(_UNDELIVERED)
"""Says that a message was not delivered."""

LIST_REFUSAL: Final = any_of(_LIST_REFUSALS)
"""Says to the sender that a list did not accept the message, because the sender is not a member or may not post."""
