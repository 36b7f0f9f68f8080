"""Case ids, case numbers that people read, and signed case references that nobody can forge.

A case id is ten Crockford base32 characters (50 bits). A signed reference is the id and six characters of an
HMAC-SHA256 of the id. It stands in subjects as a case reference, `[#7K3F92QDX0-h4q9w2]`, and in addresses as the tag of
a plus address. A reply that carries one unchanged is a reply to an email that we sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from email_channels.addresses import tag_of
from email_channels.expressions import expression
from email_channels.values import dataclass

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 10
SIGNATURE_LENGTH = 6

# People and mail programs mix these up; Crockford's decoding reads them alike.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
# Without re.IGNORECASE: for it, the Kelvin sign and three other characters are ASCII letters, too.
_ID = r"[0-9A-TV-Za-tv-z]{10}"
_SIGNATURE = rf"[0-9A-Za-z]{{{SIGNATURE_LENGTH}}}"
_CASE_REFERENCE = expression(rf"\[\#({_ID})-({_SIGNATURE})\]")
# What programs and people make of a case reference: other brackets or none, blanks and dashes for the hyphen. Without
# `#` it can be two ordinary words, so it counts only if the signature is right.
_CHANGED_REFERENCE = expression(
    rf"(?<![0-9A-Za-z])(?P<mark>[\[({{<]?\s?\#\s?)?(?P<id>{_ID})\s?[-\u2010-\u2015\u2212]\s?(?P<signature>{_SIGNATURE})"
    r"(?![0-9A-Za-z])"
)
# The same with both brackets, for comparing subjects.
_ANY_REFERENCE = expression(
    r"(?<![0-9A-Za-z])[\[({<\uff3b\uff08\u3010]?\s?(?:\#\s?)?"
    rf"{_ID}\s?[-\u2010-\u2015\u2212]\s?{_SIGNATURE}(?![0-9A-Za-z])"
    r"(?:\s?[\])}>\uff3d\uff09\u3011])?"
)
_PLUS_ADDRESS_TAG = expression(rf"({_ID})-({_SIGNATURE})")
_NUMBER = expression(
    rf"(?<![0-9A-Za-z])(?P<prefix>[\[#]{{0,4}})(?P<id>{_ID}|[0-9A-Za-z]{{4}}-[0-9A-Za-z]{{4}}-[0-9A-Za-z]{{2}})(?![0-9A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys that sign references: `current` signs new ones; those signed with one of `previous` stay valid."""

    current: str
    previous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedReference:
    """A case id with a signature, as an email claims it; `verify` says whether we made the signature.

    `explicit`: it cannot be two ordinary words with a hyphen between them.
    """

    case_id: str
    signature: str
    explicit: bool = True


@dataclass(frozen=True, slots=True)
class BareReference:
    """Text that reads like a case number. `explicit`: it cannot be an ordinary word or a plain number."""

    case_id: str
    explicit: bool


def encode(digest: bytes, length: int = ID_LENGTH) -> str:
    """The first `length` Crockford base32 characters of a digest; raises ValueError if it is too short."""
    if len(digest) * 8 < length * 5:
        raise ValueError(f"{length} characters need {length * 5} bits")
    number = int.from_bytes(digest, "big") >> (len(digest) * 8 - length * 5)
    return "".join(ALPHABET[number >> shift & 31] for shift in range((length - 1) * 5, -5, -5))


def decode(characters: str) -> int:
    """The number that Crockford base32 characters of `encode` stand for."""
    number = 0
    for character in characters:
        number = number << 5 | ALPHABET.index(character)
    return number


def random_id(length: int = ID_LENGTH) -> str:
    """A random id, for things that people create."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def case_number(case_id: str) -> str:
    """The case number that people read: `7K3F92QDX0` -> `7K3F-92QD-X0`."""
    return f"{case_id[:4]}-{case_id[4:8]}-{case_id[8:]}"


def read_case_id(text: str) -> str | None:
    """The case id in what a person typed (any case, `#`, brackets, hyphens, look-alikes), or None."""
    plain = re.sub(r"[\s\[\]#-]", "", text).upper().translate(_LOOKALIKES)
    return plain if len(plain) == ID_LENGTH and all(char in ALPHABET for char in plain) else None


def signature(case_id: str, key: str) -> str:
    """Six lower-case Crockford base32 characters of the HMAC-SHA256 of the id."""
    digest = hmac.new(key.encode(), case_id.encode("ascii"), hashlib.sha256).digest()
    return encode(digest, SIGNATURE_LENGTH).lower()


def verify(reference: SignedReference, keys: SigningKeys) -> bool:
    """Whether one of our keys made the signature. The comparison takes the same time for every wrong signature."""
    claimed = reference.signature.upper().translate(_LOOKALIKES).lower().encode()
    matches = [
        hmac.compare_digest(claimed, signature(reference.case_id, key).encode())
        for key in (keys.current, *keys.previous)
    ]
    return any(matches)


def case_reference(case_id: str, keys: SigningKeys) -> str:
    """`[#7K3F92QDX0-h4q9w2]`, the signed reference in the subject of emails that we send."""
    return f"[#{case_id}-{signature(case_id, keys.current)}]"


def without_references(subject: str) -> str:
    """The subject without anything that looks like a case reference, for comparing subjects."""
    return _ANY_REFERENCE.sub(" ", subject)


def with_case_reference(subject: str, case_id: str, keys: SigningKeys) -> str:
    """The subject with the reference of this case at its end, and no other case reference."""
    return f"{without_case_reference(subject)} {case_reference(case_id, keys)}".strip()


def without_case_reference(subject: str) -> str:
    """The subject without any case reference, with single blanks."""
    return " ".join(_CASE_REFERENCE.sub(" ", subject).split())


def plus_address(mailbox: str, case_id: str, keys: SigningKeys) -> str:
    """`mailbox@d` -> `mailbox+7k3f92qdx0-h4q9w2@d`."""
    local, at, domain = mailbox.rpartition("@")
    return f"{local}+{case_id.lower()}-{signature(case_id, keys.current)}{at}{domain}"


def subject_references(subject: str) -> tuple[SignedReference, ...]:
    """The signed references in a subject, each once: first those that are as we wrote them, then those that a program
    or a person has changed on the way (brackets, blanks, dashes)."""
    unchanged = _signed(_CASE_REFERENCE.findall(subject))
    known = {(reference.case_id, reference.signature.lower()) for reference in unchanged}
    changed: dict[SignedReference, None] = {}
    for match in _CHANGED_REFERENCE.finditer(subject):
        case_id, claimed = read_case_id(match["id"]), match["signature"]
        if case_id is not None and (case_id, claimed.lower()) not in known:
            changed[SignedReference(case_id, claimed, explicit=bool(match["mark"]))] = None
    return (*unchanged, *changed)


def plus_address_reference(address: str) -> SignedReference | None:
    """The signed reference in a plus address; None if the address has no tag, or a tag of another form."""
    match = _PLUS_ADDRESS_TAG.fullmatch(tag_of(address) or "")
    return _signed([match.groups()])[0] if match else None


def bare_references(subject: str) -> tuple[BareReference, ...]:
    """What reads like a case number in a subject, in order; case references with a damaged signature are included.

    A word of ten letters ("department") or a number of ten digits can be a case number, too. Text is `explicit` only if
    it has `#` or `[` in front, or both letters and digits. Other text never leads to the reason `case_not_found`.
    """
    found: dict[str, bool] = {}
    for match in _NUMBER.finditer(subject):
        case_id = read_case_id(match["id"])
        if case_id is None:
            continue
        mixed = any(char.isdigit() for char in match["id"]) and any(char.isalpha() for char in match["id"])
        explicit = bool(match["prefix"]) or mixed
        found[case_id] = found.get(case_id, False) or explicit
    return tuple(BareReference(case_id, explicit) for case_id, explicit in found.items())


def _signed(pairs: list[tuple[str, ...]]) -> tuple[SignedReference, ...]:
    read = [(read_case_id(case_id), claimed) for case_id, claimed in pairs]
    return tuple(dict.fromkeys(SignedReference(case_id, claimed) for case_id, claimed in read if case_id is not None))
