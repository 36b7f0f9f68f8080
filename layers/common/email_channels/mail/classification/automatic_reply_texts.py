"""Sentences of automatic replies, acknowledgements, challenges and receipts, by language.

Each row is a regular expression (see `patterns`). To add a sentence, write a row below its language.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.classification.patterns import any_of

_SAYS_AUTOMATIC: Final = (
    # English
    (
        r"this is an (?:automat(?:ic|ed)|auto[- ]?generated|automatically (?:generated|created|sent))"
        r" (?:reply|response|answer|message|e-?mail|acknowledg)"
    ),
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
    r"ceci est (?:un(?: (?:message|courriel|e-?mail|accusé de réception))|une (?:réponse|notification)) automatique",
    r"ce(?:t e-?mail| message| courriel) (?:est|a été) (?:généré|envoyé) automatiquement",
    # Spanish
    r"este es un mensaje automático",
    r"esta es una respuesta automática",
    r"este (?:correo|mensaje|e-?mail) (?:se ha|ha sido|fue) (?:generado|enviado) automáticamente",
    # Italian
    r"quest[oa] è un[a']? ?(?:messaggio automatico|risposta automatica)",
    r"quest[oa] (?:messaggio|e-?mail|mail) è stat[oa] (?:generat|inviat)[oa] automaticamente",
    # Dutch
    r"dit is een automatisch",
    r"(?:deze e-?mail|dit bericht) (?:is|wordt|werd) automatisch (?:gegenereerd|verzonden|verstuurd|aangemaakt)",
    # Portuguese
    r"esta é uma (?:mensagem|resposta) automática",
    r"est[ea] (?:e-?mail|mensagem) foi (?:gerad|enviad)[oa] automaticamente",
    # Swedish, Norwegian and Danish
    r"(?:detta är ett|dette er (?:et|en)) automatisk",
    # Finnish
    r"tämä on automaattinen",
    # Polish
    r"(?:to jest|jest to) (?:wiadomość (?:wygenerowana )?automatyczn|automatyczna (?:wiadomość|odpowiedź))",
    r"wiadomość (?:została )?wygenerowana automatycznie",
    # Czech and Slovak
    r"(?:toto je automatick|(?:tato zpráva|tento e-?mail) (?:byla?|je) (?:vygenerován|odeslán)a? automaticky)",
    r"(?:táto správa|tento e-?mail) (?:bola?|je) (?:vygenerovan|odoslan)[áý] automaticky",
    # Hungarian
    r"ez egy automatikus",
    # Romanian
    r"acesta este un (?:mesaj|răspuns|e-?mail) (?:(?:generat|trimis) )?automat",
    # Croatian, Serbian and Slovenian
    r"(?:ovo je automat|ово је аутомат|to je samodejn)",
    # Turkish
    r"bu (?:bir )?otomatik (?:bir )?(?:mesaj|yanıt|e-?posta)",
    r"bu (?:mesaj|e-?posta|ileti) otomatik olarak",
    # Greek
    r"αυτ[όή] είναι (?:ένα|μια|μία) αυτ(?:όματ|οματοποιημέν)",
    # Ukrainian
    r"це автоматичн",
    r"(?:цей лист|це повідомлення) (?:було )?(?:сформован|створен|згенерован|надіслан)о автоматично",
    # Russian
    r"это автоматическ",
    r"это (?:письмо|сообщение) (?:было )?(?:сформирован|создан|сгенерирован|отправлен)о автоматически",
    # Bulgarian
    r"това е автоматич",
    # Catalan and Galician
    r"aquest és un (?:missatge|correu) automàtic",
    r"esta é unha mensaxe automática",
    # Lithuanian, Latvian and Estonian
    r"tai (?:yra )?automatin",
    r"š(?:is|ī) ir automātisk",
    r"see on automaat",
    # Icelandic
    r"þetta er sjálfvirk",
    # Indonesian
    r"(?:ini adalah (?:pesan|e-?mail) otomatis|(?:pesan|e-?mail) ini (?:dibuat|dikirim) secara otomatis)",
    # Vietnamese
    r"đây là (?:e-?mail|thư|tin nhắn) tự động",
    # Thai
    r"(?:อีเมล|ข้อความ)(?:ฉบับ)?นี้[^\n]{0,20}อัตโนมัติ",
    # Arabic
    r"(?:هذه رسالة|هذا بريد) (?:إلكتروني(?:ة)? )?(?:آلي|تلقائي)",
    # Hebrew
    r"זוהי הודעה אוטומטית",
    # Persian
    r"این (?:یک )?(?:پیام|ایمیل) (?:به صورت |به‌طور )?خودکار",
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
    # German, Luxembourgish
    (
        r"automatisch(?:e[sr]?| (?:erstellte|generierte|erzeugte|versandte|versendete))?"
        r" (?:antwort|rückantwort|beantwoording)|automatesch äntwert"
    ),
    # French
    r"réponse automati(?:que|sée)",
    # Spanish
    r"respuesta autom[áa]tica",
    # Italian
    r"risposta automatica",
    # Portuguese, Galician, Catalan
    r"resposta autom[áa]tica|resposta automàtica",
    # Basque
    r"erantzun automatiko",
    # Dutch, Afrikaans
    r"automatisch(?:e)? (?:reactie|antwoord|beantwoord)|outomatiese antwoord",
    # Swedish, Norwegian, Danish, Icelandic
    r"automatiskt? svar|autosvar|sjálfvirkt svar",
    # Finnish, Estonian
    r"automaattinen vastaus|automaattivastau|automaatvastus|automaatne vastus",
    # Polish
    r"automatyczn[aą] odpowied[źz]|odpowied[źz] automatyczn",
    # Czech and Slovak
    r"automatick(?:á|ou|ú) odpov(?:ěď|ěd|eď|ed)",
    # Hungarian
    r"automatikus válasz",
    # Romanian
    r"răspuns automat",
    # Croatian, Serbian, Macedonian, Slovenian
    r"automatski odgovor|аутоматски одговор|автоматски одговор|(?:samodejni|avtomatski|avtomatični) odgovor",
    # Bulgarian
    r"автоматичен отговор",
    # Russian and Ukrainian
    r"автоматический ответ|автоответ|автоматичн[аау] відповідь|автовідповід",
    # Kazakh
    r"автоматты жауап",
    # Lithuanian and Latvian
    r"automatinis atsakymas|automātisk[aā] atbilde",
    # Albanian
    r"përgjigje automatike",
    # Greek
    r"αυτόματη απάντηση",
    # Turkish and Azerbaijani
    r"otomatik (?:bir )?(?:yanıt|cevap)|avtomatik cavab",
    # Armenian and Georgian
    r"ավտոմատ պատասխան|ავტომატური პასუხი",
    # Welsh, Irish, Maltese
    r"ateb awtomatig|freagra uathoibríoch|tweġiba awtomatika",
    # Indonesian, Malay, Filipino, Swahili
    r"(?:balasan|jawaban) (?:otomatis|automatik)|awtomatikong tugon|jibu (?:la )?(?:kio)?tomatiki",
    # Vietnamese
    r"trả lời tự động",
    # Thai
    r"ตอบกลับ(?:โดย)?อัตโนมัติ",
    # Arabic, Hebrew, Persian
    r"رد (?:آلي|تلقائي)|(?:תשובה|מענה) אוטומטית?|پاسخ خودکار",
    # Hindi
    r"स्वचालित (?:उत्तर|जवाब)",
    # Japanese
    r"自動(?:返信|応答)",
    # Chinese
    r"自[动動](?:回[复覆]|答[复覆])",
    # Korean
    r"자동 ?(?:회신|응답)",
)
_SAYS_RECEIVED: Final = (
    # English
    (
        r"your (?:request|message|e-?mail|ticket|enquiry|inquiry|case|mail)\b.{0,120}?"
        r"(?:has been|was|is being|have been) (?:successfully )?"
        r"(?:received|created|logged|registered|opened|held|reviewed by our)"
    ),
    r"(?:we|i)(?: have|'ve)? (?:got|received) your (?:request|message|e-?mail|ticket|enquiry|inquiry)",
    # German
    r"(?:ihre|deine) (?:anfrage|nachricht|e-?mail|meldung)\b.{0,80}?(?:erhalten|eingegangen|entgegengenommen)",
    # French
    r"(?:nous avons bien reçu|nous accusons réception|accusé de réception)",
    r"votre (?:message|demande|courriel|e-?mail|mail)\b.{0,60}?a (?:bien )?été (?:reçu|enregistré|prise? en compte)",
    # Spanish
    r"hemos recibido (?:su|tu) (?:solicitud|mensaje|correo|consulta|petición)",
    r"(?:su|tu) (?:solicitud|mensaje|correo|consulta)\b.{0,60}?(?:ha sido|fue) (?:recibid|registrad)[oa]",
    # Italian
    r"abbiamo ricevuto (?:il|la) (?:tu[ao]|su[ao]|vostr[ao]) (?:richiesta|messaggio|e-?mail)",
    r"(?:tu[ao]|su[ao]|vostr[ao]) (?:richiesta|messaggio|e-?mail)\b.{0,60}?è stat[oa] (?:ricevut|registrat|pres)[oa]",
    # Dutch
    r"(?:we|wij) hebben (?:uw|je) (?:verzoek|vraag|bericht|e-?mail) ontvangen",
    r"(?:uw|je) (?:verzoek|vraag|bericht|aanvraag|e-?mail)\b.{0,60}?(?:ontvangen|geregistreerd)",
    # Portuguese
    r"recebemos (?:[ao] )?(?:su?a|seu) (?:solicitação|mensagem|e-?mail|pedido)",
    r"(?:su?a|seu) (?:solicitação|mensagem|e-?mail|pedido)\b.{0,60}?foi (?:recebid|regist?rad)[oa]",
    # Swedish
    r"vi har (?:tagit emot|mottagit) (?:ditt|er[ta]?) (?:ärende|meddelande|mejl|e-?post)",
    # Norwegian and Danish
    r"vi har (?:mottatt|modtaget) (?:din|deres|ditt) (?:henvendelse|melding|besked|e-?post|mail|e-?mail)",
    r"(?:ditt|er[ta]?) (?:ärende|meddelande|mejl|e-?post) har (?:mottagits|tagits emot|registrerats)",
    r"(?:din|deres|ditt) (?:henvendelse|melding|besked|e-?post|mail|e-?mail) er (?:mottatt|modtaget|registrer)",
    # Finnish
    r"(?:viestisi|yhteydenottosi|sähköpostisi) on vastaanotettu",
    r"olemme vastaanottaneet (?:viestisi|yhteydenottosi|sähköpostisi)",
    # Polish
    r"otrzymaliśmy (?:państwa|twoj[eą]|pani|pana) (?:zgłoszenie|wiadomość|zapytanie)",
    r"potwierdz\w{2,8} (?:otrzymani|przyjęci)[ea]",
    r"(?:zgłoszenie|wiadomość|zapytanie) został[oa] (?:przyjęt|zarejestrowan|odebran|otrzyman)",
    # Czech and Slovak
    (
        r"(?:obdrželi|přijali|dostali|prijali) (?:jsme|sme) (?:váš|vaši|vašu)"
        r" (?:požadavek|požiadavku|zprávu|správu|e-?mail)"
    ),
    r"(?:potvrden(?:ie|í)|potvrzen[íi]) (?:o )?(?:prijat|přijet)",
    r"(?:požadav|požiadav|zpráv|správ|e-?mail)\w{0,3} (?:byl|bol)[ao]? (?:přijat|prijat|zaregistrov[áa]n)",
    # Hungarian
    r"(?:levelét|üzenetét|megkeresését) megkaptuk",
    r"megkaptuk (?:levelét|üzenetét|megkeresését)",
    # Romanian
    r"am primit (?:mesajul|solicitarea|e-?mailul) dumneavoastră",
    # Turkish
    r"(?:mesajınız|talebiniz|e-?postanız) (?:bize )?(?:ulaştı|alındı|alınmıştır|ulaşmıştır)",
    # Greek
    r"λάβαμε το (?:μήνυμ|αίτημ)",
    # Ukrainian
    r"ваш(?:е|а|у)? (?:звернення|заявк|лист|запит).{0,60}?(?:отриман|зареєстрован|прийнят)",
    # Japanese
    r"(?:お問い合わせ|メール|ご連絡)(?:内容)?を(?:受け付け|受付|受信)",
    # Chinese
    r"(?:已|已经|已經)?收到(?:了)?(?:您|你)的(?:邮件|郵件|来信|來信|请求|請求|咨询)",
    # Korean
    r"(?:문의|메일)(?:가|이|를|을) (?:정상적으로 )?(?:접수|수신)",
    # Russian
    r"ваш(?:е|а) (?:обращение|заявка|письмо|сообщение).{0,60}?(?:получен|зарегистрирован|принят)",
    # Bulgarian
    r"получихме ваш(?:ето|ия|ата)",
    # Croatian, Serbian and Slovenian
    r"(?:zaprimili|primili) smo (?:vaš|tvoj)",
    r"примили смо ваш",
    r"prejeli smo vaš",
    # Catalan
    r"hem rebut (?:el|la) (?:seu|seva|teu|teva|vostre|vostra)",
    # Lithuanian, Latvian and Estonian
    r"gavome jūsų",
    r"esam saņēmuši jūsu",
    r"oleme (?:teie|sinu) .{0,30}?kätte saanud",
    # Icelandic
    r"við höfum móttekið",
    # Indonesian
    r"kami telah menerima (?:pesan|e-?mail|permintaan)",
    # Vietnamese
    r"chúng tôi đã nhận được",
    # Thai
    r"เราได้รับ(?:อีเมล|ข้อความ|คำขอ)",
    # Arabic
    r"(?:تم استلام|استلمنا|تلقينا) (?:رسالت|طلب)",
    # Hebrew
    r"קיבלנו את (?:פניי?תך|הודעתך|בקשתך)",
    # Persian
    r"(?:پیام|ایمیل|درخواست) شما دریافت شد",
)
_ACKNOWLEDGES: Final = (
    *_SAYS_RECEIVED,
    # English
    r"(?:confirm|acknowledge)(?:ing)? (?:that )?(?:we|receipt)",
    r"thank you for (?:contacting|your (?:request|message|e-?mail|enquiry|inquiry))",
    r"is being held until the list moderator",
    # German
    r"(?:vielen )?dank für ihre (?:anfrage|nachricht|e-?mail)",
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

RECEIVED_TEXT: Final = any_of(_SAYS_RECEIVED, flags=re.IGNORECASE | re.DOTALL)
"""Says that a request was received, not only thanks for it."""

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
