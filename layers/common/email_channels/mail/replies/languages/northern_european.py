"""The languages of Scandinavia and the Baltic states. `language` says what each field holds."""

from __future__ import annotations

from typing import Final

from email_channels.mail.replies.languages.language import Language

# fmt: off
NORTHERN_EUROPEAN: Final = (
    # Danish
    Language(
        "da",
        attribution_words=("skrev", "har skrevet", "skriver", "citat"),
        attribution_starts=("den",),
        from_labels=("fra",),
        date_labels=("sendt", "dato"),
        to_labels=("til",),
        other_labels=("cc", "kopi"),
        subject_labels=("emne",),
        original_message=(
            "oprindelig meddelelse", "original meddelelse", "den originale besked", "oprindelig besked",
            "original besked",
        ),
        forwarded_message=(
            "videresendt meddelelse", "videresendt besked", "start på videresendt besked", "videresendt mail",
            "videresendt af",
        ),
        sent_from=("sendt fra", "sendt med", "hent outlook", "sendt via"),
        reply_above=("over denne linje",),
    ),
    # Norwegian
    Language(
        "no",
        attribution_words=("skrev", "har skrevet", "skrev følgende", "siterer"),
        attribution_starts=("den", "på"),
        from_labels=("fra",),
        date_labels=("sendt", "dato"),
        to_labels=("til",),
        other_labels=("kopi", "cc"),
        subject_labels=("emne",),
        original_message=("opprinnelig melding", "original melding", "opprinnelig e-post"),
        forwarded_message=("videresendt melding", "videresendt e-post", "start på videresendt melding", "forfatter"),
        sent_from=("sendt fra", "sendt med", "skaff deg outlook", "hent outlook", "få outlook"),
    ),
    # Swedish
    Language(
        "sv",
        attribution_words=("skrev", "har skrivit", "skrev följande", "citat från", "citerar"),
        attribution_starts=("den",),
        from_labels=("från",),
        date_labels=("skickat", "datum", "skickades", "sänt"),
        to_labels=("till",),
        other_labels=("kopia", "cc"),
        subject_labels=("ämne",),
        original_message=("ursprungligt meddelande", "originalmeddelande", "ursprungligt mail"),
        forwarded_message=("vidarebefordrat meddelande", "vidarebefordrat brev", "vidarebefordrat mail"),
        sent_from=(
            "skickat från", "skickat med", "skickades från", "hämta outlook", "skickad från", "skickas från",
            "från min iphone",
        ),
        reply_above=("ovanför denna linje", "ovanför den här raden"),
    ),
    # Finnish
    Language(
        "fi",
        attribution_words=("kirjoitti", "kirjoittaa", "kirjoitti näin", "lainaus"),
        from_labels=("lähettäjä",),
        date_labels=("lähetetty", "päivämäärä", "päiväys", "lähetysaika"),
        to_labels=("vastaanottaja", "kenelle"),
        other_labels=("kopio", "cc"),
        subject_labels=("aihe",),
        original_message=("alkuperäinen viesti",),
        forwarded_message=("välitetty viesti", "edelleenlähetetty viesti", "välitetty viesti alkaa"),
        sent_from=("lähetetty", "hanki outlook", "lähetin"),
    ),
    # Icelandic
    Language(
        "is",
        attribution_words=("skrifaði", "ritaði"),
        from_labels=("frá",),
        date_labels=("sent", "dagsetning"),
        to_labels=("til",),
        subject_labels=("efni",),
        original_message=("upphafleg skilaboð",),
        sent_from=("sent úr",),
    ),
    # Estonian
    Language(
        "et",
        attribution_words=("kirjutas", "kirjutas järgmist", "kirjutas kasutaja"),
        attribution_starts=("kuupäev",),
        from_labels=("saatja", "kellelt"),
        date_labels=("saadetud", "kuupäev"),
        to_labels=("adressaat", "kellele", "saaja"),
        other_labels=("koopia",),
        subject_labels=("teema",),
        original_message=("originaalsõnum", "algne sõnum", "algne kiri", "algsõnum"),
        forwarded_message=("edastatud kiri", "edastatud sõnum"),
        sent_from=("saadetud minu", "saadetud", "hankige outlook"),
    ),
    # Latvian
    Language(
        "lv",
        attribution_words=("rakstīja", "raksta", "uzrakstīja", "lietotājs"),
        from_labels=("no", "sūtītājs"),
        date_labels=("nosūtīts", "datums"),
        to_labels=("kam", "adresāts"),
        other_labels=("kopija",),
        subject_labels=("temats", "tēma"),
        original_message=("sākotnējais ziņojums", "oriģinālais ziņojums"),
        forwarded_message=("pārsūtīta ziņa", "pārsūtītais ziņojums"),
        sent_from=("nosūtīts no", "sūtīts no"),
    ),
    # Lithuanian
    Language(
        "lt",
        attribution_words=("rašė", "parašė", "rašo"),
        from_labels=("nuo", "siuntėjas"),
        date_labels=("išsiųsta", "data", "išsiuntimo data"),
        to_labels=("kam", "gavėjas"),
        other_labels=("kopija",),
        subject_labels=("tema",),
        original_message=("pradinis laiškas", "originalus laiškas", "pradinis pranešimas"),
        forwarded_message=("persiųstas laiškas", "persiųsta žinutė"),
        sent_from=("išsiųsta iš", "siųsta iš"),
    ),
)
# fmt: on
