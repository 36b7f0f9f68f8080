"""The languages of Western and Southern Europe, and Esperanto. `language` says what each field holds."""

from __future__ import annotations

from typing import Final

from email_channels.mail.replies.languages.language import Language

# fmt: off
WESTERN_EUROPEAN: Final = (
    # English
    Language(
        "en",
        attribution_words=(
            "wrote", "writes", "said", "has written", "sent the following", "typed", "wrote the following",
            "quoting",
        ),
        attribution_starts=("on", "at"),
        from_labels=("from",),
        date_labels=("sent", "date", "sent on", "date sent"),
        to_labels=("to", "reply-to"),
        other_labels=("cc", "bcc", "importance", "attachments", "organization"),
        subject_labels=("subject", "re"),
        original_message=(
            "original message", "original email", "original appointment", "reply message", "replied message",
            "original mail", "message from", "in reply to", "message history", "previous message",
        ),
        forwarded_message=(
            "forwarded message", "begin forwarded message", "forwarded by", "forwarded email", "forwarded mail",
            "start of forwarded message", "original message forwarded",
        ),
        sent_from=(
            "sent from", "get outlook for", "sent via", "sent with", "sent on the", "sent using", "from my iphone",
            "from my ipad", "send from", "enviado from", "typed on", "this email was sent from my", "composed on",
            "via android", "sent by mobile", "download outlook for", "sent through", "from my android",
            "get bluemail", "get typeapp",
        ),
        reply_above=(
            "reply above this line", "type your reply above", "respond above this line", "reply above this text",
            "write above this line", "reply above the line", "replies above this line", "text above this line",
            "above this line to post",
        ),
    ),
    # German
    Language(
        "de",
        attribution_words=("schrieb", "schrieben", "hat geschrieben", "schreibt", "hat am", "geschrieben", "zitat von"),
        attribution_starts=("am",),
        from_labels=("von", "absender"),
        date_labels=("gesendet", "datum", "gesendet am"),
        to_labels=("an", "empfänger"),
        other_labels=("cc", "kopie", "bcc", "wichtigkeit", "priorität", "anlagen"),
        subject_labels=("betreff", "thema"),
        original_message=(
            "ursprüngliche nachricht", "originalnachricht", "originalmail", "original-nachricht",
            "ursprüngliche e-mail", "urspr. nachricht", "ursprünglicher termin", "originale nachricht",
            "originaltermin",
        ),
        forwarded_message=(
            "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "weitergeleitet von",
            "weitergeleitete mail", "beginn der weitergeleiteten nachricht", "weitergeleitet durch",
        ),
        sent_from=(
            "von meinem", "von meiner", "von yahoo", "von aol",
            "gesendet mit", "gesendet von", "von unterwegs gesendet",
            "diese nachricht wurde von meinem", "outlook für", "holen sie sich outlook", "outlook für ios beziehen",
            "outlook für android beziehen", "versendet mit", "mobil gesendet", "vom handy gesendet",
        ),
        reply_above=(
            "oberhalb dieser linie", "über dieser zeile", "oberhalb dieser zeile", "antworten sie über dieser linie",
        ),
    ),
    # French
    Language(
        "fr",
        attribution_words=(
            "a écrit", "a ecrit", "écrit", "écrivait", "a envoyé", "à écrit", "a écrit le message suivant",
        ),
        attribution_starts=("le",),
        from_labels=("de", "expéditeur", "de la part de"),
        date_labels=("envoyé", "date", "envoyé le", "date d'envoi"),
        to_labels=("à", "a", "pour", "destinataire"),
        other_labels=("cc", "copie à", "copie", "cci", "pièces jointes"),
        subject_labels=("objet", "sujet", "object"),
        original_message=(
            "message d'origine", "message d’origine", "message original", "mail original",
            "message transféré d'origine", "courriel original", "message initial", "message du",
        ),
        forwarded_message=(
            "message transféré", "début du message réexpédié", "message transmis", "début du message transféré",
            "transféré par", "message transféré de", "réexpédié par",
        ),
        sent_from=(
            "envoyé de mon", "envoyé depuis", "envoyé à partir de", "envoyé avec", "envoyé par", "provenance :",
            "télécharger outlook", "obtenir outlook", "téléchargez outlook", "de mon iphone",
        ),
        reply_above=("au-dessus de cette ligne", "au dessus de cette ligne"),
    ),
    # Spanish
    Language(
        "es",
        attribution_words=(
            "escribió", "escribio", "ha escrito", "escribe", "escribió lo siguiente", "mensaje citado por",
            "citando a",
        ),
        attribution_starts=("el",),
        from_labels=("de", "remitente"),
        date_labels=("enviado", "enviado el", "fecha", "enviada", "enviado a las"),
        to_labels=("para", "a"),
        other_labels=("cc", "cco", "importancia", "datos adjuntos"),
        subject_labels=("asunto",),
        original_message=("mensaje original", "mensaje de origen", "correo original", "mensaje anterior"),
        forwarded_message=(
            "mensaje reenviado", "inicio del mensaje reenviado", "mensaje reenviado por",
            "inicio del mensaje enviado", "reenviado por",
        ),
        sent_from=(
            "enviado desde", "enviado de", "enviado con", "obtener outlook", "enviado a través", "descargar outlook",
            "enviado por",
        ),
        reply_above=("por encima de esta línea", "encima de esta línea"),
    ),
    # Portuguese
    Language(
        "pt",
        attribution_words=("escreveu", "escreveram", "escreve", "escreveu o seguinte", "citando"),
        attribution_starts=("em", "no dia"),
        from_labels=("de", "remetente"),
        date_labels=("enviado", "enviada", "enviada em", "data", "enviado em", "enviadas"),
        to_labels=("para",),
        other_labels=("cc", "cco", "importância", "anexos"),
        subject_labels=("assunto",),
        original_message=("mensagem original", "mensagem de origem", "e-mail original"),
        forwarded_message=(
            "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem reencaminhada",
            "início da mensagem encaminhada", "forwarded message",
        ),
        sent_from=(
            "enviado do meu", "enviado do", "enviado por", "enviado via", "enviado de", "enviado pelo",
            "obter o outlook", "enviada do", "baixe o outlook", "obtenha o outlook",
        ),
        reply_above=("acima desta linha",),
    ),
    # Italian
    Language(
        "it",
        attribution_words=("ha scritto", "scrisse", "scrive", "ha inviato", "ha scritto il seguente"),
        attribution_starts=("il",),
        from_labels=("da", "mittente"),
        date_labels=("inviato", "data", "inviata", "inviato il", "data invio"),
        to_labels=("a", "per", "destinatario"),
        other_labels=("cc", "ccn", "priorità", "allegati"),
        subject_labels=("oggetto",),
        original_message=("messaggio originale", "messaggio originario", "mail originale"),
        forwarded_message=(
            "messaggio inoltrato", "inizio messaggio inoltrato", "inizio del messaggio inoltrato", "inoltrato da",
            "messaggio girato",
        ),
        sent_from=(
            "inviato da", "inviato dal", "inviato con", "inviato tramite", "ottieni outlook", "scarica outlook",
            "spedito da",
        ),
        reply_above=("sopra questa riga", "al di sopra di questa riga", "sopra questa linea"),
    ),
    # Dutch
    Language(
        "nl",
        attribution_words=(
            "schreef", "heeft geschreven", "het volgende geschreven", "schreef het volgende",
            "heeft het volgende geschreven", "schrijft", "citeren",
        ),
        attribution_starts=("op",),
        from_labels=("van", "afzender"),
        date_labels=("verzonden", "datum", "verstuurd", "verzonden op"),
        to_labels=("aan", "naar"),
        other_labels=("cc", "bcc", "bijlagen"),
        subject_labels=("onderwerp", "betreft"),
        original_message=(
            "oorspronkelijk bericht", "originele bericht", "origineel bericht", "oorspronkelijke e-mail",
            "oorspronkelijke bericht",
        ),
        forwarded_message=(
            "doorgestuurd bericht", "begin doorgestuurd bericht", "doorgestuurd door", "doorgezonden bericht",
        ),
        sent_from=(
            "verstuurd vanaf", "verzonden vanaf", "verstuurd met", "verzonden met", "verzonden via", "outlook voor",
            "verstuurd via", "verzonden van", "verzonden vanuit", "verstuurd vanuit",
            "download outlook", "outlook downloaden",
        ),
        reply_above=("boven deze lijn", "boven deze regel"),
    ),
    # Luxembourgish
    Language("lb", attribution_words=("huet geschriwwen", "schreift"), attribution_starts=("den",)),
    # Catalan
    Language(
        "ca",
        attribution_words=("va escriure", "ha escrit", "escriu", "va escriure el dia", "missatge de"),
        attribution_starts=("el", "missatge"),
        from_labels=("de",),
        date_labels=("enviat", "enviat el", "data"),
        to_labels=("per a", "a"),
        other_labels=("a/c",),
        subject_labels=("assumpte", "tema"),
        original_message=("missatge original",),
        forwarded_message=("missatge reenviat", "inici del missatge reenviat"),
        sent_from=("enviat des", "enviat amb", "enviat de"),
    ),
    # Galician
    Language(
        "gl",
        attribution_words=("escribiu", "escribe"),
        from_labels=("de",),
        date_labels=("enviado", "data"),
        to_labels=("para",),
        subject_labels=("asunto",),
        original_message=("mensaxe orixinal",),
        forwarded_message=("mensaxe reenviada",),
        sent_from=("enviado desde",),
    ),
    # Basque
    Language(
        "eu",
        attribution_words=(
            "igorleak hau idatzi du", "idatzi du", "hau idatzi du", "idatzi zuen", "erabiltzaileak hau idatzi du",
        ),
        from_labels=("nork", "igorlea"),
        date_labels=("bidalia", "data"),
        to_labels=("nori",),
        subject_labels=("gaia",),
        original_message=("jatorrizko mezua",),
        forwarded_message=("birbidalitako mezua",),
        sent_from=("bidalia",),
    ),
    # Breton
    Language(
        "br",
        attribution_words=("he deus skrivet", "en deus skrivet", "eus skrivet"),
        attribution_starts=("d'an",),
    ),
    # Welsh
    Language(
        "cy",
        attribution_words=("ysgrifennodd",),
        attribution_starts=("ar",),
        from_labels=("oddi wrth",),
        date_labels=("anfonwyd", "dyddiad"),
        to_labels=("at",),
        subject_labels=("pwnc",),
    ),
    # Irish
    Language(
        "ga",
        attribution_words=("scríobh",),
        attribution_starts=("ar",),
        from_labels=("ó",),
        date_labels=("seolta", "dáta"),
        to_labels=("chuig", "go"),
        subject_labels=("ábhar",),
    ),
    # Maltese
    Language(
        "mt",
        attribution_words=("kiteb", "kitbet", "kitbu"),
        attribution_starts=("fi", "fit", "nhar", "il"),
        from_labels=("minn", "mingħand"),
        date_labels=("mibgħut", "mibgħuta", "data"),
        to_labels=("lil", "lejn"),
        subject_labels=("suġġett",),
    ),
    # Greek
    Language(
        "el",
        attribution_words=("έγραψε", "έγραψαν", "γράφει", "έγραψε τα εξής", "έγραψες"),
        attribution_starts=("στις", "την"),
        from_labels=("από", "αποστολέας"),
        date_labels=("στάλθηκε", "ημερομηνία", "ημ/νία", "εστάλη", "αποστολή"),
        to_labels=("προς",),
        other_labels=("κοιν.", "κοιν", "κοινοποίηση"),
        subject_labels=("θέμα",),
        original_message=("αρχικό μήνυμα", "αυθεντικό μήνυμα", "πρωτότυπο μήνυμα"),
        forwarded_message=("προωθημένο μήνυμα", "αρχή προωθημένου μηνύματος", "προωθημένο"),
        sent_from=("στάλθηκε από", "εστάλη από", "αποστολή από", "λήψη του outlook"),
    ),
    # Esperanto
    Language(
        "eo",
        attribution_words=("skribis",),
        attribution_starts=("je", "la"),
        from_labels=("de",),
        date_labels=("sendita", "dato"),
        to_labels=("al",),
        subject_labels=("temo",),
    ),
)
# fmt: on
