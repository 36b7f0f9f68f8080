"""The languages of Central and Eastern Europe. `language` says what each field holds."""

from __future__ import annotations

from typing import Final

from email_channels.mail.replies.languages.language import Language

# fmt: off
EASTERN_EUROPEAN: Final = (
    # Polish
    Language(
        "pl",
        attribution_words=(
            "napisał", "napisała", "napisał(a)", "pisze", "napisano", "wiadomość napisana przez", "wiadomość od",
            "użytkownik", "napisali", "cytowanie",
        ),
        attribution_starts=("w dniu", "dnia"),
        from_labels=("od", "nadawca"),
        date_labels=("wysłano", "data", "wysłany", "wysłane"),
        to_labels=("do", "adresat"),
        other_labels=("dw", "cc", "do wiadomości", "udw"),
        subject_labels=("temat", "dotyczy"),
        original_message=(
            "wiadomość oryginalna", "oryginalna wiadomość", "treść oryginalnej wiadomości", "pierwotna wiadomość",
        ),
        forwarded_message=(
            "przekazana wiadomość", "wiadomość przekazana dalej", "treść przekazanej wiadomości",
            "początek przekazywanej wiadomości", "wiadomość przesłana dalej", "przekazano dalej",
        ),
        sent_from=("wysłane z", "wysłano z", "pobierz outlook", "wysłane za pomocą", "wysłany z"),
        reply_above=("powyżej tej linii",),
    ),
    # Czech
    Language(
        "cs",
        attribution_words=("napsal", "napsala", "napsal(a)", "píše", "napsal/a", "odesílatel", "cituji", "citace"),
        attribution_starts=("dne",),
        from_labels=("od", "odesílatel"),
        date_labels=("odesláno", "datum", "odesláno dne"),
        to_labels=("komu", "pro"),
        other_labels=("kopie", "cc", "skrytá"),
        subject_labels=("předmět",),
        original_message=("původní zpráva", "původní e-mail", "původní zpráva od"),
        forwarded_message=("přeposlaná zpráva", "předaná zpráva", "začátek přeposílané zprávy", "přeposlaná"),
        sent_from=("odesláno z", "odesláno ze", "získat outlook", "odesláno pomocí", "posláno z", "stáhnout outlook"),
    ),
    # Slovak
    Language(
        "sk",
        attribution_words=("napísal", "napísala", "napísal(a)", "píše", "napísal/a", "odosielateľ"),
        attribution_starts=("dňa",),
        from_labels=("od", "odosielateľ"),
        date_labels=("odoslané", "dátum", "poslané", "odoslaná"),
        to_labels=("komu", "pre"),
        other_labels=("kópia", "cc"),
        subject_labels=("predmet",),
        original_message=("pôvodná správa",),
        forwarded_message=("preposlaná správa", "preposielaná správa", "začiatok preposlanej správy"),
        sent_from=("odoslané z", "poslané z", "odoslané zo", "získať outlook", "prevziať outlook"),
    ),
    # Hungarian
    Language(
        "hu",
        attribution_words=("ezt írta", "írta", "a következőt írta", "írta (időpont", "ezt írta (időpont", "idézet"),
        from_labels=("feladó",),
        date_labels=("elküldve", "dátum", "küldve", "küldés dátuma"),
        to_labels=("címzett",),
        other_labels=("másolatot kap", "másolat", "cc"),
        subject_labels=("tárgy",),
        original_message=("eredeti üzenet", "eredeti levél"),
        forwarded_message=("továbbított üzenet", "továbbított levél", "a továbbított üzenet kezdete"),
        sent_from=(
            *("elküldve", "küldve", "az outlook beszerzése"),
            *("az iphone-omról küldve", "iphone-omról küldve", "iphone-ról küldve"),
        ),
    ),
    # Romanian
    Language(
        "ro",
        attribution_words=("a scris", "scria", "a scris următoarele", "scrie"),
        attribution_starts=("în", "pe"),
        from_labels=("de la", "din partea", "expeditor"),
        date_labels=("trimis", "data", "trimis la", "dată"),
        to_labels=("către", "catre", "la"),
        other_labels=("cc",),
        subject_labels=("subiect", "subiectul"),
        original_message=("mesaj original", "mesajul original", "mesaj iniţial", "mesajul iniţial"),
        forwarded_message=("mesaj redirecționat", "mesaj redirecţionat", "mesaj înaintat", "mesaj forwardat"),
        sent_from=("trimis de pe", "trimis din", "obțineți outlook", "trimis prin", "trimis folosind"),
    ),
    # Croatian
    Language(
        "hr",
        attribution_words=(
            "je napisao", "je napisala", "napisao je", "napisala je", "je napisao/la", "piše", "napisao", "napisala",
            "korisnik",
        ),
        attribution_starts=("dana",),
        from_labels=("od", "šalje", "pošiljatelj"),
        date_labels=("poslano", "datum", "poslano dana"),
        to_labels=("za", "prima"),
        other_labels=("kopija", "cc"),
        subject_labels=("predmet", "naslov"),
        original_message=("izvorna poruka", "originalna poruka", "prvobitna poruka"),
        forwarded_message=("proslijeđena poruka", "prosleđena poruka"),
        sent_from=(
            "poslano s", "poslano sa", "poslano iz", "poslato sa", "poslato iz", "preuzmite outlook",
            "nabavite outlook",
        ),
    ),
    # Serbian
    Language(
        "sr",
        attribution_words=("је написао", "је написала", "написа", "пише", "је написао/ла", "је написао(ла)"),
        from_labels=("од", "šalje", "шаље"),
        date_labels=("послато", "датум", "poslato"),
        to_labels=("за", "коме", "kome"),
        subject_labels=("тема", "наслов", "tema"),
        original_message=("оригинална порука", "изворна порука"),
        forwarded_message=("прослеђена порука",),
        sent_from=("послато са", "послато помоћу"),
    ),
    # Slovenian
    Language(
        "sl",
        attribution_words=(
            "je napisal", "je napisala", "je oseba", "napisal", "napisala", "piše", "je napisal/a", "je napisal(a)",
        ),
        attribution_starts=("v", "dne"),
        from_labels=("od", "pošiljatelj"),
        date_labels=("poslano", "datum"),
        to_labels=("za", "prejemnik"),
        other_labels=("kp", "cc", "v vednost"),
        subject_labels=("zadeva",),
        original_message=("izvorno sporočilo", "originalno sporočilo"),
        forwarded_message=("posredovano sporočilo", "začetek posredovanega sporočila"),
        sent_from=("poslano iz", "poslano z", "prenesite outlook", "pridobite outlook"),
    ),
    # Russian
    Language(
        "ru",
        attribution_words=(
            "написал", "написала", "написал(а)", "пишет", "писал", "писала", "писал(а)", "написали", "вы писали",
            "написал/а", "написал (а)", "пользователь", "цитирование",
        ),
        attribution_starts=("в",),
        from_labels=("от", "от кого", "отправитель"),
        date_labels=("отправлено", "дата", "отправлен", "отправлена", "дата отправки"),
        to_labels=("кому", "получатель"),
        other_labels=("копия", "скрытая", "важность", "вложения"),
        subject_labels=("тема",),
        original_message=(
            "исходное сообщение", "оригинальное сообщение", "исходное письмо", "первоначальное сообщение",
            "originally message", "прошлое сообщение", "пересылаемое сообщение завершено",
        ),
        forwarded_message=(
            "пересылаемое сообщение", "пересланное сообщение", "начало переадресованного сообщения",
            "пересылаемое письмо", "начало пересылаемого сообщения", "перенаправленное сообщение",
        ),
        sent_from=(
            "отправлено с", "отправлено из", "отправлено от", "послано с", "загрузить outlook", "скачать outlook",
            "отправлено через", "с уважением, отправлено",
        ),
        reply_above=("выше этой строки", "выше этой линии"),
    ),
    # Ukrainian
    Language(
        "uk",
        attribution_words=("пише", "написав", "написала", "писав", "писала", "написав(-ла)", "написав(ла)"),
        attribution_starts=("в",),
        from_labels=("від", "від кого"),
        date_labels=("надіслано", "дата", "відправлено"),
        to_labels=("кому",),
        other_labels=("копія",),
        subject_labels=("тема",),
        original_message=("вихідне повідомлення", "оригінальне повідомлення", "початкове повідомлення"),
        forwarded_message=("переслане повідомлення", "пересилання повідомлення", "початок пересланого повідомлення"),
        sent_from=("надіслано з", "надіслано із", "відправлено з", "отримати outlook"),
    ),
    # Bulgarian
    Language(
        "bg",
        attribution_words=("написа", "пише", "писа", "написал", "е написал"),
        attribution_starts=("на",),
        from_labels=("от",),
        date_labels=("изпратено", "дата", "изпратен"),
        to_labels=("до",),
        other_labels=("копие", "як"),
        subject_labels=("относно", "тема"),
        original_message=("оригинално съобщение", "първоначално съобщение", "оригинално писмо"),
        forwarded_message=("препратено съобщение", "препратено писмо", "начало на препратеното съобщение"),
        sent_from=("изпратено от", "изпратено с", "изтеглете outlook"),
    ),
    # Macedonian
    Language(
        "mk",
        attribution_words=("напиша",),
        from_labels=("од",),
        date_labels=("испратено", "датум"),
        to_labels=("до",),
        subject_labels=("предмет",),
        original_message=("оригинална порака",),
        forwarded_message=("препратена порака",),
    ),
    # Albanian
    Language(
        "sq",
        attribution_words=("shkroi", "ka shkruar"),
        attribution_starts=("më",),
        from_labels=("nga",),
        date_labels=("dërguar", "data"),
        to_labels=("për", "te"),
        subject_labels=("subjekti", "tema"),
    ),
)
# fmt: on
