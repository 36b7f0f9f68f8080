"""What somebody searches for among cases: terms, each the beginning of a word or of an address."""

from __future__ import annotations

from collections.abc import Collection

from email_channels.cases.search.case_words import address_word, cut_syllables
from email_channels.cases.search.words import searched_words
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a search. `begin` begins a word of every case that matches.

    A case matches if one of its words begins with `whole`, or if each of `parts` begins a word: `anna.weiss` finds the
    address `anna.weiss@acme.example` and the name "Anna Weiss". Of a term with an `@`, there are no parts.
    """

    begin: str
    whole: str
    parts: tuple[str, ...]

    @property
    def is_simple(self) -> bool:
        """Whether a case matches if `begin` begins one of its words."""
        return self.whole == self.begin or self.parts == (self.begin,)

    def matches(self, words: Collection[str]) -> bool:
        """Whether a case with these words matches."""
        return _begins(self.whole, words) or (bool(self.parts) and all(_begins(part, words) for part in self.parts))


def terms_of(text: str) -> tuple[Term, ...]:
    """The terms of a search, each once; all of them must match. Empty if the text has no letter and no digit."""
    terms = (_term(one) for one in text.split())
    return tuple(dict.fromkeys(term for term in terms if term is not None))


def _term(text: str) -> Term | None:
    whole = address_word(text)
    parts = tuple(map(cut_syllables, searched_words(text)))
    if not whole or not parts:
        return None
    if "@" in whole:
        return Term(whole, whole, ())
    return Term(parts[0], whole, parts)


def _begins(begin: str, words: Collection[str]) -> bool:
    return any(word.startswith(begin) for word in words)
