"""Subjects of automatic answers and of bounces, by language: data, to which anybody can add a line.

Each is matched at the beginning of the subject, without regard to case, after `Re:` and the like have been taken off.
"""

from __future__ import annotations

from typing import Final

VACATION: Final = (
    # English
    "out of office", "out of the office", "out-of-office", "automatic reply", "automated reply", "auto reply",
    "auto-reply", "autoreply", "auto response", "auto-response", "autoresponse", "automated response",
    "automatic response", "autoresponder", "away from my mail", "away from the office", "away from office",
    "on vacation", "vacation", "vacation reply", "vacation message", "vacation response", "vacation notice",
    "on leave", "annual leave", "maternity leave",
    "on holiday", "i am away", "i'm away", "i am out", "i'm out", "not in the office", "ooo:", "[ooo]", "ooo -",
    "out of town", "[auto-reply]", "[autoreply]", "[auto reply]", "[automatic reply]", "auto:",
    # German
    "automatische antwort", "abwesenheitsnotiz", "abwesenheit", "abwesend", "abwesenheitsnachricht",
    "abwesenheitsmeldung", "abwesenheitsassistent", "automatische rückantwort", "automatische rueckantwort",
    "autoantwort", "urlaubsbenachrichtigung", "urlaubsnotiz", "ich bin im urlaub", "ich bin nicht im büro",
    "nicht im büro", "automatisierte antwort", "automatische mitteilung: abwesen",
    # French
    "réponse automatique", "reponse automatique", "absence du bureau", "absent du bureau", "message d'absence",
    "notification d'absence", "absence :", "réponse d'absence", "je suis absent", "absent(e)", "en congé",
    "en congés", "réponse automatisée",
    # Spanish
    "respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina",
    "ausente de la oficina", "ausencia de la oficina", "autorespuesta", "auto respuesta",
    "mensaje automático: fuera", "estoy fuera de la oficina", "de vacaciones",
    # Italian
    "risposta automatica", "fuori ufficio", "fuori sede", "assente dall'ufficio", "assenza dall'ufficio",
    "risposta automatizzata", "sono in ferie",
    # Portuguese
    "resposta automática", "resposta automatica", "ausência temporária", "fora do escritório",
    "ausente do escritório", "ausência do escritório", "ausência do gabinete", "mensagem automática de ausência",
    "estou de férias", "de férias",
    # Dutch
    "automatisch antwoord", "automatische beantwoording", "afwezig", "afwezigheidsbericht", "afwezigheidsassistent",
    "niet aanwezig", "niet op kantoor", "automatische reactie", "ik ben afwezig", "buiten kantoor",
    # Swedish, Norwegian, Danish
    "automatiskt svar", "autosvar", "frånvaro", "frånvarande", "ej på kontoret", "inte på kontoret",
    "automatisk svar", "fraværsmelding", "fravær", "ikke på kontoret", "ikke til stede", "fraværende",
    "fraværsbesked", "jeg er på ferie", "på semester", "semester",
    # Finnish, Estonian
    "automaattinen vastaus", "poissa", "poissaoloilmoitus", "poissa toimistosta", "lomalla", "automaatvastus",
    "automaatne vastus", "kontorist väljas",
    # Polish
    "automatyczna odpowiedź", "automatyczna odpowiedz", "odpowiedź automatyczna", "odpowiedz automatyczna",
    "poza biurem", "nieobecność", "nieobecnosc", "autoodpowiedź", "jestem na urlopie",
    # Czech, Slovak
    "automatická odpověď", "automaticka odpoved", "automatická odpoveď", "mimo kancelář", "mimo kanceláriu",
    "nepřítomnost", "neprítomnosť", "odpověď v nepřítomnosti", "jsem mimo kancelář", "dovolená",
    # Hungarian, Romanian, Slovenian, Croatian, Serbian
    "automatikus válasz", "házon kívül", "irodán kívül", "távollét", "răspuns automat", "raspuns automat",
    "în afara biroului", "samodejni odgovor", "odsoten", "odsotnost", "automatski odgovor", "odsutan", "izvan ureda",
    "van ureda", "аутоматски одговор",
    # Baltic
    "automātiskā atbilde", "automātiska atbilde", "ārpus biroja", "automatinis atsakymas", "nesu biure", "ne biure",
    # Turkish, Greek
    "otomatik yanıt", "otomatik cevap", "ofis dışında", "ofis dışındayım", "ofiste değilim", "αυτόματη απάντηση",
    "εκτός γραφείου", "απουσία",
    # Russian, Ukrainian, Bulgarian
    "автоматический ответ", "автоответ", "автоответчик", "отсутствие на рабочем месте", "вне офиса", "я в отпуске",
    "нет на работе", "нет на месте", "автоматична відповідь", "автовідповідь", "поза офісом", "автоматичен отговор",
    "извън офиса",
    # Hebrew, Arabic, Persian
    "תשובה אוטומטית", "מענה אוטומטי", "מחוץ למשרד", "رد تلقائي", "الرد التلقائي", "رد آلي", "خارج المكتب",
    "پاسخ خودکار",
    # Catalan, Basque, Icelandic, Albanian, Macedonian, Belarusian, Afrikaans, Welsh, Irish
    "resposta automàtica", "fora de l'oficina", "erantzun automatikoa", "bulegotik kanpo", "sjálfvirkt svar",
    "sjálfvirk svörun", "përgjigje automatike", "автоматски одговор", "аўтаматычны адказ", "outomatiese antwoord",
    "ateb awtomatig", "freagra uathoibríoch",
    # Armenian, Georgian, Azerbaijani, Uzbek, Kazakh
    "ավտոմատ պատասխան", "ავტომატური პასუხი", "avtomatik cavab", "avtomatik javob",
    "автоматты жауап",
    # Hindi, Marathi, Bengali, Gujarati, Tamil, Telugu, Urdu, Malay, Filipino, Swahili, Khmer, Lao
    "स्वचालित उत्तर", "स्वचालित प्रत्युत्तर", "स्वयंचलित उत्तर", "স্বয়ংক্রিয় উত্তর", "સ્વચાલિત જવાબ",
    "தானியங்கு பதில்", "స్వయంచాలక ప్రత్యుత్తరం", "خودکار جواب", "balasan automatik", "jawapan automatik",
    "awtomatikong tugon", "jibu la kiotomatiki", "ការឆ្លើយតបស្វ័យប្រវត្តិ", "ຕອບກັບອັດຕະໂນມັດ",
    # Chinese, Japanese, Korean, Thai, Vietnamese, Indonesian
    "自动回复", "自动答复", "自動回覆", "自動回復", "自動答覆", "外出自动回复", "不在办公室", "不在辦公室", "休假",
    "自動応答", "自動返信", "自動返答", "不在時の自動応答", "不在通知", "不在のお知らせ", "不在連絡", "休暇のお知らせ",
    "外出中", "休暇中", "자동 회신", "자동회신", "자동 응답", "자동응답", "부재중", "부재 중", "การตอบกลับอัตโนมัติ",
    "ตอบกลับอัตโนมัติ", "ไม่อยู่ที่สำนักงาน", "trả lời tự động", "thư trả lời tự động", "vắng mặt",
    "balasan otomatis", "jawaban otomatis", "sedang cuti",
)  # fmt: skip

# These mean an automatic answer in the middle of a subject too, where a tag or a name stands before them.
VACATION_ANYWHERE: Final = (
    "out of office", "out of the office", "automatic reply", "auto-reply", "autoreply", "abwesenheitsnotiz",
    "automatische antwort", "réponse automatique", "respuesta automática", "risposta automatica",
    "resposta automática", "自动回复", "自動回覆", "自動応答", "自動返信", "자동 회신",
)  # fmt: skip

# As Notes writes them behind the name of who is away; "ss" for "ß", as subjects are compared.
SOMEBODY_IS_AWAY: Final = (
    "is out of the office", "is away",
    "ist ausser haus", "ist nicht im büro", "est absent", "est absent(e)", "est absent du bureau",
    "è fuori ufficio", "è fuori sede", "está fuera de la oficina", "está ausente", "is afwezig", "is niet aanwezig",
    "est absente", "jest poza biurem", "je mimo kancelář", "nincs az irodában", "отсутствует на рабочем месте",
    "is buiten kantoor", "är inte på kontoret", "er ikke på kontoret", "on poissa",
    "外出しています", "不在にしています", "不在です",
)  # fmt: skip

# People write these about themselves and others: they mean an automatic answer only beside another sign.
AMBIGUOUS: Final = frozenset((
    "auto:", "vacation", "on vacation", "on leave", "annual leave", "maternity leave", "on holiday", "out of town",
    "abwesenheit", "abwesend", "absence :", "absent(e)", "en congé", "en congés", "de vacaciones",
    "estoy fuera de la oficina", "de férias", "estou de férias", "afwezig",
    "ik ben afwezig", "frånvarande", "fraværende", "fravær", "på semester",
    "semester", "jeg er på ferie", "poissa", "lomalla", "nieobecność", "nieobecnosc", "jestem na urlopie",
    "nepřítomnost", "neprítomnosť", "dovolená", "távollét", "odsoten", "odsotnost", "odsutan", "απουσία",
    "休假", "休暇中", "外出中", "vắng mặt", "sedang cuti", "я в отпуске", "нет на работе", "нет на месте",
    "sono in ferie", "ich bin im urlaub", "i am away", "i'm away", "i am out", "i'm out", "je suis absent",
    "부재중", "부재 중",
))  # fmt: skip

BOUNCE: Final = (
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
    "mta-warning", "warning - delivery", "mdaemon notification", "mdaemon warning",
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
    # Spanish, Portuguese, Italian
    "no se puede entregar", "no se pudo entregar", "no entregado", "no se ha podido entregar",
    "mensaje no entregado", "notificación de estado de la entrega", "notificación de estado de entrega",
    "entrega fallida", "error en la entrega", "devuelto", "correo devuelto", "não é possível entregar",
    "não foi possível entregar", "não entregue", "não entregável", "notificação de status de entrega",
    "falha na entrega", "falha de entrega", "mensagem não entregue", "non recapitabile", "mancata consegna",
    "non consegnato", "notifica dello stato del recapito", "notifica di mancato recapito",
    "messaggio non recapitato", "impossibile recapitare", "mancato recapito", "anomalia messaggio",
    "avviso di mancata consegna",
    # Dutch, Scandinavian, Finnish
    "onbestelbaar", "niet bestelbaar", "niet afgeleverd", "melding van mislukte", "olevererbart",
    "går inte att leverera", "kan inte levereras", "kunne ikke leveres", "kan ikke leveres", "kan ikke levere",
    "leveringsfejl", "leveringsfeil", "ei voida toimittaa", "toimittaminen epäonnistui", "toimitus epäonnistui",
    "ei toimitettu",
    # Slavic, Hungarian, Romanian
    "nie można dostarczyć", "niedostarczalne", "niedostarczona", "niedostarczon", "nie dostarczono", "nedoručitelné",
    "nedoručitelná", "nedoručiteľné", "nelze doručit", "kézbesíthetetlen", "a kézbesítés sikertelen",
    "nu poate fi livrat", "nelivrat", "недоставленное сообщение", "недоставлено", "не удается доставить",
    "не удалось доставить", "сообщение не доставлено", "ошибка доставки", "не доставлено", "не вдалося доставити",
    "неможливо доставити", "недоставимо", "neisporučivo", "ni mogoče dostaviti",
    # Turkish, Greek
    "teslim edilemedi", "teslim edilemez", "iletilemedi", "teslim edilemeyen", "αδύνατη η παράδοση",
    "δεν είναι δυνατή η παράδοση", "αποτυχία παράδοσης",
    # Hebrew, Arabic
    "לא ניתן למסירה", "אין אפשרות למסור", "غير قابل للتسليم", "يتعذر تسليم", "تعذر تسليم",
    # Chinese, Japanese, Korean, others
    "系统退信", "退信", "未送达", "無法傳遞", "无法送达", "無法送達", "投递失败", "未传递", "未傳遞", "无法传递",
    "邮件被退回", "配信不能", "配信できませんでした", "配信エラー", "配達できませんでした", "配送不能",
    "配信状況の通知", "送信エラー", "メール送信エラー", "送信失敗", "送信できませんでした", "전달 실패",
    "배달되지 않음", "배달할 수 없음", "반송", "전송 실패", "ไม่สามารถส่ง", "không thể gửi", "tidak terkirim",
    "tidak dapat dikirim",
)  # fmt: skip

READ_RECEIPT: Final = (
    "read:", "read receipt", "return receipt", "disposition notification", "message read", "gelesen:",
    "lesebestätigung", "empfangsbestätigung", "lu :", "lu:", "accusé de lecture", "confirmation de lecture",
    "leído:", "leido:", "confirmación de lectura", "letto:", "conferma di lettura", "ricevuta di ritorno", "lida:",
    "confirmação de leitura", "gelezen:", "leesbevestiging", "läst:", "lest:", "læst:", "luettu:", "odczytane:",
    "potwierdzenie przeczytania", "přečteno:", "прочтено:", "прочитано:", "уведомление о прочтении", "okundu:",
    "已读:", "已讀:", "開封済み:", "開封確認", "읽음:", "not read:", "ungelesen gelöscht", "nicht gelesen:",
    "non lu :", "no leído:", "non letto:",
)  # fmt: skip
