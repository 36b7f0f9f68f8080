"""Which words of a case lead to it: of its subject, and of the names and addresses of the people in it.

Each indexed word costs a write, so a case has few of them. They are chosen in an order that keeps both a word of the
subject and each kind of person findable; words beyond are not indexed. A word with which another one begins needs no
item of its own: "anna" is found by `anna.weiss@acme.example`.

An address is one word, with its signs. Its local part and its domain are further words, and so is each name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

import idna

from email_channels.addresses import normalise
from email_channels.cases.case import Case, EmployeeSnapshot
from email_channels.cases.history import Direction, StoredEmail
from email_channels.cases.search.words import folded_signs, is_syllables, words_in_order
from email_channels.mail.message import Address
from email_channels.values import dataclass

MAX_CASE_WORDS: Final = 11
"""The most words of a case and the email that it was made from. With the item that lists them, they cost 12 writes."""

MAX_EMAIL_WORDS: Final = 3
"""The most words that a further email adds to a case. With the item that lists them, they cost 4 writes."""

MAX_BYTES: Final = 850
"""The most bytes of all words of a case, with the ids of the emails that brought them: their item stays below 1 KB."""

OF_CASE: Final = "case"
"""The source of the words of a case that no further email brought. Other sources are email ids."""

ERASED_SUBJECT: Final = "(erased)"
"""The subject of a case whose subject was erased. It has no words."""

_MAX_CASE_BYTES: Final = 550
_MAX_ADDRESS: Final = 64
_MAX_SYLLABLES: Final = 8
# An email can have thousands of recipients. More than these leave no room for others anyway.
_MAX_PEOPLE: Final = 30
# Of the first words that are chosen, at most so many are of the subject, of the writers, of other people.
_SUBJECT, _WRITERS, _OTHERS = 4, 4, 2
_SIGNS: Final = "@.-_+"
# A domain with one of these before its country has one label more.
_SECOND_LEVELS: Final = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})


@dataclass(frozen=True, slots=True)
class CaseWords:
    """The words under which a case is found, by their source: OF_CASE, or the email id of the email that brought them.

    `gone` are words of before, whose items may still have to be deleted.
    """

    by_source: Mapping[str, tuple[str, ...]]
    gone: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        """All words under which the case is found."""
        return frozenset(chain.from_iterable(self.by_source.values()))

    def has_room_for(self, source: str, words: Sequence[str]) -> bool:
        """Whether these words can be added."""
        by_source = {**self.by_source, source: tuple(words)}
        return sum(_bytes(words) + len(source) + 2 for source, words in by_source.items()) <= MAX_BYTES


def words_of_case(case: Case, own: frozenset[str]) -> tuple[str, ...]:
    """The words of a case and of the email that it was made from, the most important first.

    `own` are normalised addresses of this system, which are no people.
    """
    never = own | ({normalise(case.mailbox)} if case.mailbox else set())
    from_ = case.email.from_ if case.email else None
    writers = _people((from_, _address_of(case.employee)), never)
    others = _people((_address_of(case.regarding), *_others(case.email)), never)
    subject = "" if case.subject == ERASED_SUBJECT else case.subject
    groups = (
        (_subject_words(subject), _SUBJECT),
        (_words_of_people(writers), _WRITERS),
        (_words_of_people(others), _OTHERS),
        (_domains([*writers, *others]), 0),
    )
    return _chosen(groups, MAX_CASE_WORDS, _MAX_CASE_BYTES)


def words_of_email(mailbox: str | None, own: frozenset[str], email: StoredEmail, known: CaseWords) -> tuple[str, ...]:
    """The words that a further email adds to those that its case has; none if there is no room for them.

    `mailbox` is that of the case, `own` as in `words_of_case`.
    """
    never = own | ({normalise(mailbox)} if mailbox else set())
    people = _people((email.from_, *_others(email)), never)
    present = known.all
    new = [word for word in chain(_words_of_people(people), _domains(people)) if not _is_begun(word, present)]
    chosen = _chosen([(new, MAX_EMAIL_WORDS)], MAX_EMAIL_WORDS, MAX_BYTES)
    while chosen and not known.has_room_for(email.email_id, chosen):
        chosen = chosen[:-1]
    return chosen


def address_word(address: str) -> str:
    """An address, or the beginning of one, as the index has it: in lower case, without accents, with Unicode domain."""
    local, at, domain = normalise(address).rpartition("@")
    return folded_signs(f"{local}{at}{_shown(domain)}", _SIGNS).strip(_SIGNS)[:_MAX_ADDRESS]


def cut_syllables(word: str) -> str:
    """The beginning of a word in Chinese characters or Korean syllables, under which it is indexed; other words are not
    cut."""
    return word[:_MAX_SYLLABLES] if is_syllables(word) else word


def _subject_words(subject: str) -> list[str]:
    words = [cut_syllables(word) for word in words_in_order(subject)]
    # A single letter says little. They come last.
    return sorted(words, key=lambda word: len(word) == 1 and not is_syllables(word))


def _words_of_people(people: Sequence[Address]) -> Iterator[str]:
    """The addresses first: each also finds a first name. Then names, then the parts of addresses."""
    yield from (word for one in people if (word := address_word(one.address)))
    for one in people:
        yield from map(cut_syllables, words_in_order(one.name or ""))
    for one in people:
        yield from map(cut_syllables, words_in_order(one.address.rpartition("@")[0]))


def _domains(people: Sequence[Address]) -> Iterator[str]:
    for one in people:
        domain = address_word(one.address).rpartition("@")[2]
        while domain:
            yield domain
            labels = domain.split(".")
            least = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVELS else 2
            domain = ".".join(labels[1:]) if len(labels) > least else ""


def _chosen(groups: Sequence[tuple[Iterable[str], int]], most: int, most_bytes: int) -> tuple[str, ...]:
    """At first the quota of each group, then what is left of each, until there are `most` words or `most_bytes`."""
    chosen: list[str] = []
    left = []
    for words, quota in groups:
        waiting = iter(words)
        taken = 0
        rest: list[str] = []
        for word in waiting:
            if taken < quota:
                taken += _take(chosen, word, most, most_bytes)
            else:
                rest.append(word)
        left.append(rest)
    for word in chain.from_iterable(left):
        _take(chosen, word, most, most_bytes)
    return tuple(chosen)


def _take(chosen: list[str], word: str, most: int, most_bytes: int) -> bool:
    """Chooses a word, unless it is found anyway. Returns whether there is one word more than before."""
    if _is_begun(word, chosen):
        return False
    begun = [one for one in chosen if not word.startswith(one)]
    if len(begun) >= most or _bytes([*begun, word]) > most_bytes:
        return False
    more = len(begun) == len(chosen)
    chosen[:] = [*begun, word]
    return more


def _is_begun(word: str, words: Iterable[str]) -> bool:
    return any(one.startswith(word) for one in words)


def _bytes(words: Iterable[str]) -> int:
    return sum(len(word.encode()) + 1 for word in words)


def _others(email: StoredEmail | None) -> list[Address]:
    if email is None:
        return []
    # Our own Reply-To finds no case: all cases have it, or it is a plus address for one.
    answered = email.reply_to if email.direction is Direction.INBOUND else ()
    return [*answered, *email.to, *email.cc, *email.bcc]


def _people(addresses: Iterable[Address | None], never: frozenset[str]) -> list[Address]:
    return list(islice((one for one in addresses if one and normalise(one.address) not in never), _MAX_PEOPLE))


def _address_of(employee: EmployeeSnapshot | None) -> Address | None:
    return Address(employee.name, employee.email or "") if employee else None


def _shown(domain: str) -> str:
    """The domain as people write it. That of an address that is being typed may be cut."""
    if "xn--" not in domain:
        return domain
    try:
        return str(idna.decode(domain))
    except idna.IDNAError:
        return domain
