"""Subjects of automatic replies and of read receipts, by language.

To add a phrase, write it below its language, in lower case and with accents. Subjects are compared without `Re:` and
without regard to case (`caseless`). If people write the phrase too, add it to `ALSO_WRITTEN_BY_PEOPLE` as well.
"""

from __future__ import annotations

from typing import Final

from email_channels.mail.caseless import by_caseless

# The subjects of automatic replies begin with one of these.
AUTOMATIC_REPLY_SUBJECTS: Final = by_caseless((
    # English
    "out of office", "out of the office", "out-of-office", "automatic reply", "automated reply", "auto reply",
    "auto-reply", "autoreply", "auto response", "auto-response", "autoresponse", "automated response",
    "automatic response", "autoresponder", "away from my mail", "away from the office", "away from office",
    "on vacation", "vacation", "vacation reply", "vacation message", "vacation response", "vacation notice",
    "on leave", "annual leave", "maternity leave",
    "on holiday", "i am away", "i'm away", "i am out", "i'm out", "not in the office", "ooo:", "[ooo]", "ooo -",
    "out of town", "[auto-reply]", "[autoreply]", "[auto reply]", "[automatic reply]", "auto:",
    "message recall success:", "message recall failure:", "message recall report",
    "message recall report for message",
    # German
    "automatische antwort", "abwesenheitsnotiz", "abwesenheit", "abwesend", "abwesend:", "abwesenheitsnachricht",
    "abwesenheitsmeldung", "abwesenheitsassistent", "automatische rückantwort", "automatische rueckantwort",
    "autoantwort", "urlaubsbenachrichtigung", "urlaubsnotiz", "ich bin im urlaub", "ich bin nicht im büro",
    "automatische abwesenheitsnotiz", "automatische abwesenheitsmeldung", "automatische abwesenheitsnachricht",
    "nicht im büro", "automatisierte antwort", "automatische mitteilung: abwesen",
    # French
    "réponse automatique", "reponse automatique", "absence du bureau", "absence du bureau :", "absent du bureau",
    "absent du bureau :", "message d'absence", "notification d'absence", "absence :", "réponse d'absence",
    "je suis absent", "absent(e)", "en congé", "en congés", "réponse automatisée",
    # Spanish
    "respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina",
    "ausente de la oficina", "ausente:", "ausencia de la oficina", "ausencia de la oficina:", "autorespuesta",
    "auto respuesta", "mensaje automático: fuera", "estoy fuera de la oficina", "de vacaciones",
    # Italian
    "risposta automatica", "fuori ufficio", "fuori sede", "assente dall'ufficio", "assente:", "assenza dall'ufficio",
    "assenza dall'ufficio:", "risposta automatizzata", "sono in ferie",
    # Portuguese
    "resposta automática", "resposta automatica", "ausência temporária", "fora do escritório",
    "ausente do escritório", "ausência do escritório", "ausência do gabinete", "mensagem automática de ausência",
    "estou de férias", "de férias",
    # Dutch
    "automatisch antwoord", "automatische beantwoording", "afwezig", "afwezig:", "afwezigheidsbericht",
    "afwezigheidsassistent", "afwezigheidsmelding", "niet aanwezig", "niet op kantoor",
    "automatische reactie", "ik ben afwezig", "buiten kantoor",
    # Swedish
    "automatiskt svar", "autosvar", "frånvaro", "frånvarande", "ej på kontoret", "inte på kontoret", "på semester",
    "semester",
    # Norwegian and Danish
    "automatisk svar", "fraværsmelding", "fravær", "ikke på kontoret", "ikke til stede", "fraværende", "fraværende:",
    "fraværsbesked", "jeg er på ferie",
    # Finnish
    "automaattinen vastaus", "poissa", "poissaoloilmoitus", "poissa toimistosta", "lomalla",
    # Estonian
    "automaatvastus", "automaatne vastus", "kontorist väljas",
    # Polish
    "automatyczna odpowiedź", "automatyczna odpowiedz", "odpowiedź automatyczna", "odpowiedz automatyczna",
    "poza biurem", "nieobecność", "nieobecnosc", "autoodpowiedź", "jestem na urlopie",
    # Czech and Slovak
    "automatická odpověď", "automaticka odpoved", "automatická odpoveď", "mimo kancelář", "mimo kanceláriu",
    "nepřítomnost", "neprítomnosť", "odpověď v nepřítomnosti", "jsem mimo kancelář", "dovolená",
    # Hungarian
    "automatikus válasz", "házon kívül", "irodán kívül", "távollét",
    # Romanian
    "răspuns automat", "raspuns automat", "în afara biroului",
    # Slovenian
    "samodejni odgovor", "odsoten", "odsotnost",
    # Croatian
    "automatski odgovor", "odsutan", "izvan ureda", "van ureda",
    # Serbian
    "аутоматски одговор",
    # Latvian
    "automātiskā atbilde", "automātiska atbilde", "ārpus biroja",
    # Lithuanian
    "automatinis atsakymas", "nesu biure", "ne biure",
    # Turkish
    "otomatik yanıt", "otomatik cevap", "ofis dışında", "ofis dışındayım", "ofiste değilim",
    # Greek
    "αυτόματη απάντηση", "εκτός γραφείου", "απουσία",
    # Russian
    "автоматический ответ", "автоответ", "автоответчик", "отсутствие на рабочем месте", "вне офиса", "я в отпуске",
    "нет на работе", "нет на месте",
    # Ukrainian
    "автоматична відповідь", "автовідповідь", "поза офісом",
    # Bulgarian
    "автоматичен отговор", "извън офиса",
    # Hebrew
    "תשובה אוטומטית", "מענה אוטומטי", "מחוץ למשרד",
    # Arabic
    "رد تلقائي", "الرد التلقائي", "رد آلي", "خارج المكتب",
    # Persian
    "پاسخ خودکار",
    # Catalan
    "resposta automàtica", "fora de l'oficina",
    # Basque
    "erantzun automatikoa", "bulegotik kanpo",
    # Icelandic
    "sjálfvirkt svar", "sjálfvirk svörun",
    # Albanian
    "përgjigje automatike",
    # Macedonian
    "автоматски одговор",
    # Belarusian
    "аўтаматычны адказ",
    # Afrikaans
    "outomatiese antwoord",
    # Welsh
    "ateb awtomatig",
    # Irish
    "freagra uathoibríoch",
    # Armenian
    "ավտոմատ պատասխան",
    # Georgian
    "ავტომატური პასუხი",
    # Azerbaijani
    "avtomatik cavab",
    # Uzbek
    "avtomatik javob",
    # Kazakh
    "автоматты жауап",
    # Hindi
    "स्वचालित उत्तर", "स्वचालित प्रत्युत्तर",
    # Marathi
    "स्वयंचलित उत्तर",
    # Bengali
    "স্বয়ংক্রিয় উত্তর",
    # Gujarati
    "સ્વચાલિત જવાબ",
    # Tamil
    "தானியங்கு பதில்",
    # Telugu
    "స్వయంచాలక ప్రత్యుత్తరం",
    # Urdu
    "خودکار جواب",
    # Malay
    "balasan automatik", "jawapan automatik",
    # Filipino
    "awtomatikong tugon",
    # Swahili
    "jibu la kiotomatiki", "jibu otomatiki",
    # Luxembourgish and Maltese
    "automatesch äntwert", "tweġiba awtomatika",
    # Khmer
    "ការឆ្លើយតបស្វ័យប្រវត្តិ",
    # Lao
    "ຕອບກັບອັດຕະໂນມັດ",
    # Chinese
    "自动回复", "自动答复", "自動回覆", "自動回復", "自動答覆", "外出自动回复", "不在办公室", "不在辦公室", "休假",
    # Japanese
    "自動応答", "自動返信", "自動返答", "不在時の自動応答", "不在通知", "不在のお知らせ", "不在連絡", "休暇のお知らせ",
    "外出中", "休暇中",
    # Korean
    "자동 회신", "자동회신", "자동 응답", "자동응답", "부재중", "부재 중", "부재중:", "부재 중:",
    # Thai
    "การตอบกลับอัตโนมัติ", "ตอบกลับอัตโนมัติ", "ไม่อยู่ที่สำนักงาน",
    # Vietnamese
    "trả lời tự động", "thư trả lời tự động", "vắng mặt",
    # Indonesian
    "balasan otomatis", "jawaban otomatis", "sedang cuti",
))  # fmt: skip

# These also mean an automatic reply in the middle of a subject, after a tag or a name.
AUTOMATIC_REPLY_ANYWHERE: Final = by_caseless((
    # English
    "out of office", "out of the office", "automatic reply", "auto-reply", "autoreply",
    # German
    "abwesenheitsnotiz", "automatische antwort",
    # French
    "réponse automatique",
    # Spanish
    "respuesta automática",
    # Italian
    "risposta automatica",
    # Portuguese
    "resposta automática",
    # Chinese
    "自动回复", "自動回覆",
    # Japanese
    "自動応答", "自動返信",
    # Korean
    "자동 회신",
))  # fmt: skip

# Lotus Notes writes these after the name of the absent person.
SOMEBODY_IS_AWAY: Final = by_caseless((
    # English
    "is out of the office", "is away",
    # German
    "ist ausser haus", "ist nicht im büro",
    # French
    "est absent", "est absent(e)", "est absent du bureau",
    # Italian
    "è fuori ufficio", "è fuori sede",
    # Spanish
    "está fuera de la oficina", "está ausente",
    # Dutch
    "is afwezig", "is niet aanwezig",
    # French, of a woman
    "est absente",
    # Polish
    "jest poza biurem",
    # Czech
    "je mimo kancelář",
    # Hungarian
    "nincs az irodában",
    # Russian
    "отсутствует на рабочем месте",
    # Dutch
    "is buiten kantoor",
    # Swedish
    "är inte på kontoret",
    # Norwegian and Danish
    "er ikke på kontoret",
    # Finnish
    "on poissa",
    # Japanese
    "外出しています", "不在にしています", "不在です",
))  # fmt: skip

# People write these about themselves and others. They mean an automatic reply only together with another signal.
ALSO_WRITTEN_BY_PEOPLE: Final = frozenset(by_caseless((
    # English
    "auto:", "vacation", "on vacation", "on leave", "annual leave", "maternity leave", "on holiday", "out of town",
    "i am away", "i'm away", "i am out", "i'm out",
    # German
    "abwesenheit", "abwesend", "ich bin im urlaub",
    # French
    "absence :", "absence du bureau", "absent du bureau", "absent(e)", "en congé", "en congés", "je suis absent",
    # Spanish
    "ausencia de la oficina", "de vacaciones", "estoy fuera de la oficina",
    # Italian
    "assenza dall'ufficio", "sono in ferie", "fuori sede",
    # Portuguese
    "de férias", "estou de férias",
    # Dutch
    "afwezig", "ik ben afwezig",
    # Swedish
    "frånvarande", "på semester", "semester",
    # Norwegian and Danish
    "fraværende", "fravær", "jeg er på ferie",
    # Finnish
    "poissa", "lomalla",
    # Polish
    "nieobecność", "nieobecnosc", "jestem na urlopie",
    # Czech and Slovak
    "nepřítomnost", "neprítomnosť", "dovolená",
    # Hungarian
    "távollét",
    # Slovenian
    "odsoten", "odsotnost",
    # Croatian
    "odsutan",
    # Greek
    "απουσία",
    # Russian
    "я в отпуске", "нет на работе", "нет на месте",
    # Chinese
    "休假",
    # Japanese
    "休暇中", "外出中",
    # Korean
    "부재중", "부재 중",
    # Vietnamese
    "vắng mặt",
    # Indonesian
    "sedang cuti",
)))  # fmt: skip

# One word for an absence. Programs write nothing after it but a time or the original's subject. Like the phrases that
# people write too, it means an automatic reply only together with another signal.
ABSENCE_WORDS: Final = by_caseless((
    # English
    "absence", "absent", "away", "holiday", "holidays", "leave", "ooo", "oof",
    # German
    "urlaub", "urlaubszeit", "ferien", "elternzeit", "mutterschutz", "krankmeldung", "dienstreise",
    # French
    "absente", "vacances", "congés", "congé", "congé maternité", "en vacances",
    # Spanish
    "ausencia", "ausente", "vacaciones",
    # Italian
    "assenza", "assente",
    # Portuguese
    "ausência", "férias",
    # Dutch
    "afwezigheid", "vakantie", "verlof",
    # Swedish, Norwegian, Danish
    "ledig", "ferie", "permisjon",  # "ferie" is Italian, too
    # Finnish
    "loma", "poissaolo",
    # Polish
    "urlop",
    # Czech and Slovak
    "dovolenka",
    # Hungarian
    "szabadság", "szabadságon",
    # Romanian
    "concediu", "în concediu",
    # Croatian, Serbian, Slovenian
    "godišnji odmor", "godišnji", "dopust",
    # Turkish
    "izin", "izindeyim", "yıllık izin",
    # Greek
    "άδεια", "διακοπές",
    # Russian and Ukrainian
    "отпуск", "в отпуске", "відпустка", "у відпустці",
    # Chinese
    "外出", "请假", "請假",
    # Japanese
    "不在", "休暇",
    # Korean
    "부재", "휴가",
))  # fmt: skip

# The subjects of read receipts begin with one of these.
READ_RECEIPT_SUBJECTS: Final = by_caseless((
    # English
    "read:", "read receipt", "return receipt", "disposition notification", "message read", "not read:",
    # German
    "gelesen:", "lesebestätigung", "empfangsbestätigung", "ungelesen gelöscht", "nicht gelesen:",
    # French
    "lu :", "lu:", "accusé de lecture", "confirmation de lecture", "non lu :",
    # Spanish
    "leído:", "leido:", "confirmación de lectura", "no leído:",
    # Italian
    "letto:", "conferma di lettura", "ricevuta di ritorno", "non letto:",
    # Portuguese
    "lida:", "confirmação de leitura",
    # Dutch
    "gelezen:", "leesbevestiging",
    # Swedish, Norwegian, Danish
    "läst:", "lest:", "læst:",
    # Finnish
    "luettu:",
    # Polish
    "odczytane:", "potwierdzenie przeczytania",
    # Czech
    "přečteno:",
    # Russian and Ukrainian
    "прочтено:", "прочитано:", "уведомление о прочтении",
    # Turkish
    "okundu:",
    # Chinese
    "已读:", "已讀:",
    # Japanese
    "開封済み:", "開封確認",
    # Korean
    "읽음:",
))  # fmt: skip
