"""Recognises mailboxes that nobody reads, by their address: no-reply addresses, mail servers and mailing lists.

Sources: RFC 3834, section 2, and RFC 5230, section 4.6 (`owner-`, `-request`, `LISTSERV`, `majordomo`,
`MAILER-DAEMON`), the program vacation (`-relay`, `mailer`, `uucp`), and sender addresses that are seen in practice.

The words of a table are compared without accents, and whatever stands between them: `no--reply`, `no_reply` and
`NoReply2` are `no reply`. But a phrase begins and ends where a word of the address does: `norbert.reply` and
`bruno.reply` are people.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from email_channels.expressions import expression

NO_REPLY: dict[str, tuple[str, ...]] = {
    "English": (
        "no reply",
        "no replies",
        "not reply",
        "do not reply",
        "dont reply",
        "never reply",
        "cannot reply",
        "no response",
        "do not respond",
        "no answer",
        "do not answer",
        "no return",
        "no email",
        "do not email",
        "unmonitored",
        "not monitored",
        "do not use",
    ),
    "German": (
        "keine antwort",
        "keine antworten",
        "nicht antworten",
        "nicht beantworten",
        "nicht antwortbar",
        "keine rückantwort",
        "keine rueckantwort",
        "kein reply",
        "keine reply",
    ),
    "French": (
        "ne pas répondre",
        "ne répondez pas",
        "ne réponds pas",
        "pas de réponse",
        "sans réponse",
        "aucune réponse",
        "non réponse",
    ),
    "Spanish": (
        "no responder",
        "no responda",
        "no respondas",
        "no contestar",
        "no conteste",
        "no contestes",
        "no respuesta",
        "sin respuesta",
    ),
    "Catalan": ("no respondre", "no respongueu", "no contesteu"),
    "Portuguese": (
        "não responder",
        "não responda",
        "não respondas",
        "não resposta",
        "sem resposta",
    ),
    "Italian": (
        "non rispondere",
        "non risponda",
        "non rispondete",
        "no rispondere",
        "senza risposta",
        "nessuna risposta",
        "no risposta",
    ),
    "Dutch": (
        "niet antwoorden",
        "niet beantwoorden",
        "niet reageren",
        "geen antwoord",
        "geen antwoorden",
        "geen reactie",
    ),
    "Polish": (
        "nie odpowiadać",
        "nie odpowiadaj",
        "nie odpisywać",
        "nie odpisuj",
        "bez odpowiedzi",
        "brak odpowiedzi",
    ),
    "Czech": ("neodpovídat", "neodpovídejte", "bez odpovědi"),
    "Slovak": ("neodpovedať", "neodpovedajte", "bez odpovede"),
    "Swedish": ("svara inte", "svara ej", "ej svar", "inget svar", "inga svar", "kan ej besvaras"),
    "Danish and Norwegian": ("svar ikke", "ikke svar", "ikke svare", "ikke besvar", "intet svar", "ingen svar"),
    "Finnish": ("ei vastata", "ei vastausta", "älä vastaa", "ei vastauksia"),
    "Hungarian": ("ne válaszolj", "ne válaszoljon", "nem válaszol"),
    "Romanian": ("nu răspunde", "nu răspundeți", "fără răspuns"),
    "Croatian, Serbian and Slovenian": ("ne odgovaraj", "ne odgovarajte", "ne odgovarjaj", "ne odgovarjajte"),
    "Turkish": ("yanıtlama", "yanıtlamayın", "yanıtlamayınız", "cevaplama", "cevaplamayın", "cevaplamayınız"),
    "Russian": ("не отвечать", "не отвечайте", "ne otvechat", "ne otvechaite", "neotvechat"),
}
"""No-reply addresses, by language."""

MACHINES = (
    "mailer daemon",
    "mail daemon",
    "mdaemon",
    "postmaster",
    "auto reply",
    "auto responder",
    "auto answer",
    "dev null",
    "undeliverable",
    "listserv",
    "listserver",
    "majordomo",
    "mailing list",
)
"""Mail servers, and programs that manage mailing lists or answer."""

WHOLE = ("mailer", "mailman", "nobody", "uucp", "sympa", "ezmlm", "listproc", "daemon", "bounce", "bounces")
"""Only as the whole local part, with or without a number at its end. As a part of it, these are names of people."""

ROLES_BEFORE = ("owner-", "bounce-", "bounces-", "bounce+", "bounces+", "bounce_", "bounces_", "bounce=", "bounces=")
ROLES_AFTER = (
    "-request",
    "-bounce",
    "-bounces",
    "-owner",
    "-relay",
    "-outgoing",
    "_bounce",
    "_bounces",
    "+bounce",
    "+bounces",
)
"""The functions of a mailing list: at the beginning, and at the end or before a plus sign."""

_SHORT = 6
"""A phrase with more letters is found in a word that goes on, too (`noreplyhr`, `hrnoreply`): no name holds it."""
_IN_NAMES = frozenset(("noemail",))
"""Except these: `noemaillard` is Noé Maillard."""
_WORDS = expression(r"[^\W\d_]+")
_RETURN_PATHS = ("srs0=", "srs0+", "srs0-", "srs1=", "srs1+", "srs1-", "prvs=", "btv1=", "msprvs1=")
"""The beginnings of rewritten envelope senders (SRS, BATV)."""
_BARE_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})


def is_unread(address: str) -> bool:
    """Whether nobody reads what is sent to this address: no person, as far as the address tells."""
    local, _, domain = address.rpartition("@")
    local = _bare(local.strip('"'))
    if local.startswith(_RETURN_PATHS) or _holds_address(local) or local.rstrip("0123456789") in WHOLE:
        return True
    role, _, _ = local.partition("+")
    if local.startswith(ROLES_BEFORE) or local.endswith(ROLES_AFTER) or role.endswith(ROLES_AFTER):
        return True
    # Labels below a registered domain, such as `users.noreply.example.com` and `bounces.example.com`.
    labels = _bare(domain).split(".")[:-2]
    return _names_nobody(local) or any(label in WHOLE or _names_nobody(label) for label in labels)


def _holds_address(local: str) -> bool:
    """Whether the local part ends with another address, as VERP writes it (`news-bob=example.com`)."""
    user, _, domain = local.rpartition("=")
    return bool(user) and "." in domain.strip(".")


def _names_nobody(name: str) -> bool:
    words = _WORDS.findall(name)
    if any(run in _PHRASES for run in _runs(words)):
        return True
    return any(word.startswith(_LONG_PHRASES) or word.endswith(_LONG_PHRASES) for word in words)


def _runs(words: list[str]) -> Iterator[str]:
    """Each word, and neighbouring words as one, up to the length of the longest phrase."""
    for start in range(len(words)):
        run = ""
        for word in words[start:]:
            run += word
            if len(run) > _LONGEST:
                break
            yield run


def _bare(text: str) -> str:
    """The text in small letters without accents."""
    decomposed = unicodedata.normalize("NFD", text.casefold().translate(_BARE_LETTERS))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _joined(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(_bare(phrase).replace(" ", "") for phrase in phrases)


_PHRASES = _joined((*(phrase for phrases in NO_REPLY.values() for phrase in phrases), *MACHINES))
_LONG_PHRASES = tuple(sorted(phrase for phrase in _PHRASES - _IN_NAMES if len(phrase) > _SHORT))
_LONGEST = max(map(len, _PHRASES))
