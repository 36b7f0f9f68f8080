"""The languages of Africa, and of Asia from Turkey to Kazakhstan and Iran. `language` says what each field holds."""

from __future__ import annotations

from typing import Final

from email_channels.mail.replies.languages.language import Language

# fmt: off
AFRICAN_AND_WEST_ASIAN: Final = (
    # Turkish
    Language(
        "tr",
        attribution_words=(
            "yazdı", "şunu yazdı", "şunları yazdı", "tarihinde şunu yazdı", "tarihinde şunları yazdı", "yazmış",
            "yazıyor",
        ),
        from_labels=("kimden", "gönderen"),
        date_labels=("gönderildi", "gönderme tarihi", "tarih", "gönderim tarihi", "gönderilme tarihi"),
        to_labels=("kime", "alıcı"),
        other_labels=("bilgi", "cc"),
        subject_labels=("konu",),
        original_message=(
            "özgün ileti", "orijinal mesaj", "orijinal ileti", "asıl mesaj", "özgün mesaj", "orjinal mesaj",
            "orjinal ileti",
        ),
        forwarded_message=(
            "yönlendirilmiş ileti", "iletilmiş ileti başlangıcı", "iletilen mesaj", "yönlendirilen mesaj",
            "forwarded message",
        ),
        sent_from=(
            "iphone'umdan gönderildi", "iphone’umdan gönderildi", "ipad'imden gönderildi", "ipad’imden gönderildi",
            "samsung", "outlook'u edinin", "android için outlook", "ios için outlook", "benim iphone",
            "windows 10 için", "galaxy cihaz", "iphone cihaz",
        ),
    ),
    # Arabic
    Language(
        "ar",
        attribution_words=("كتب", "كتبت", "تمت كتابة ما يلي بواسطة", "كتب ما يلي", "كتب/كتبت", "تمت كتابة ما يلي"),
        attribution_starts=("في",),
        from_labels=("من", "المرسل"),
        date_labels=("تم الإرسال", "التاريخ", "تاريخ الإرسال", "أرسلت", "تاريخ", "تم إرساله", "أُرسلت"),
        to_labels=("إلى", "الى"),
        other_labels=("نسخة", "نسخة إلى"),
        subject_labels=("الموضوع", "موضوع"),
        original_message=("الرسالة الأصلية", "رسالة أصلية"),
        forwarded_message=("رسالة معاد توجيهها", "بدء الرسالة المعاد توجيهها", "الرسالة المحولة", "رسالة محوّلة"),
        sent_from=("أُرسلت من", "أرسلت من", "مرسل من", "تم الإرسال من", "تم إرساله من", "الحصول على outlook"),
    ),
    # Persian
    Language(
        "fa",
        attribution_words=("نوشت", "نوشته است", "نوشته"),
        attribution_starts=("در",),
        from_labels=("از", "فرستنده"),
        date_labels=("تاریخ", "ارسال شده"),
        to_labels=("به", "گیرنده"),
        subject_labels=("موضوع",),
        original_message=("پیام اصلی",),
        forwarded_message=("پیام بازارسال شده",),
        sent_from=("ارسال شده از",),
    ),
    # Hebrew
    Language(
        "he",
        attribution_words=("כתב", "כתבה", "כתב/ה", "מאת", "כתב את הדברים הבאים"),
        attribution_starts=("בתאריך", "ב"),
        from_labels=("מאת", "מ", "מ-"),
        date_labels=("נשלח", "תאריך", "בתאריך"),
        to_labels=("אל", "ל"),
        other_labels=("עותק", "העתק"),
        subject_labels=("נושא", "הנדון"),
        original_message=("הודעה מקורית", "ההודעה המקורית"),
        forwarded_message=("הודעה שהועברה", "התחלת ההודעה שהועברה"),
        sent_from=("נשלח מה", "נשלח מ", "קבל את outlook", "נשלח באמצעות"),
    ),
    # Armenian
    Language(
        "hy",
        attribution_words=("գրել է", "գրեց"),
        from_labels=("ումից", "առաքող"),
        date_labels=("ուղարկվել է", "ամսաթիվ"),
        to_labels=("ում",),
        subject_labels=("թեմա",),
    ),
    # Georgian
    Language(
        "ka",
        attribution_words=("დაწერა", "წერს"),
        from_labels=("ვისგან", "გამომგზავნი"),
        date_labels=("გაგზავნილია", "თარიღი"),
        to_labels=("ვის", "მიმღები"),
        subject_labels=("თემა",),
    ),
    # Azerbaijani
    Language(
        "az",
        attribution_words=("yazdı", "yazıb"),
        from_labels=("kimdən", "göndərən"),
        date_labels=("göndərildi", "tarix"),
        to_labels=("kimə",),
        subject_labels=("mövzu",),
    ),
    # Kazakh
    Language(
        "kk",
        attribution_words=("жазды",),
        from_labels=("кімнен",),
        date_labels=("жіберілді", "күні"),
        to_labels=("кімге",),
        subject_labels=("тақырып", "тақырыбы"),
    ),
    # Swahili
    Language(
        "sw",
        attribution_words=("aliandika", "ameandika"),
        attribution_starts=("mnamo",),
        from_labels=("kutoka",),
        date_labels=("imetumwa", "tarehe"),
        to_labels=("kwa",),
        subject_labels=("mada",),
    ),
    # Afrikaans
    Language(
        "af",
        attribution_words=("geskryf", "skryf"),
        attribution_starts=("op",),
        from_labels=("van",),
        date_labels=("gestuur", "datum"),
        to_labels=("aan",),
        subject_labels=("onderwerp",),
        original_message=("oorspronklike boodskap",),
        sent_from=("gestuur vanaf",),
    ),
)
# fmt: on
