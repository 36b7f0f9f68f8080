"""The words by which names and subjects are found: without regard to case, accents and punctuation.

What is indexed and what somebody searches for go through the same functions, so both get the same form. A searched word
finds each indexed word that begins with it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from email_channels.mail.caseless import composed

MAX_WORD: Final = 30
"""Words are cut to this many characters, at most 120 bytes, so that a sort key has room for a word and an id."""

# Letters that Unicode does not decompose, and that people leave out of searches, and letters of one sound that
# keyboards of different countries write differently (Arabic and Persian yeh and kaf). `casefold` makes `ss` of `ß`.
_LETTERS: Final = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ı": "i", "ŧ": "t", "ŋ": "n",
    "ƶ": "z", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": "",
}  # fmt: skip
# Canonical combining classes of the signs that are part of a letter and no accent: 0 are vowel signs of Indic and Thai
# writing, 8 are the voicing marks of kana, 9 is the virama.
_KEPT_MARKS: Final = {0, 8, 9}
# Signs within a word. "O'Brien" is found as `obrien`, `o'brien` and `brien`, and "ʿAlī" as `ali`.
_APOSTROPHES: Final = frozenset("'’‘ʼʻʹʾʿ`´＇ꞌ׳")
_APOSTROPHE: Final = "'"
_SPACE: Final = " "


def fold(text: str) -> str:
    """The text in lower case without accents; each character between words as one space, each apostrophe as `'`.

    This takes a time that grows with the length of the text, whatever its characters are.
    """
    return "".join(map(_folded, composed(text)))


def searched_words(text: str) -> tuple[str, ...]:
    """The words of a search, each once. All of them must begin a word of what is found."""
    words = (word.replace(_APOSTROPHE, "")[:MAX_WORD] for word in fold(text).split())
    return tuple(dict.fromkeys(word for word in words if word))


def indexed_words(text: str, most: int) -> tuple[str, ...]:
    """The words under which a text is found, sorted; of more than `most`, those that come first in the text.

    After an apostrophe begins a further word. In Chinese characters and Korean syllables, which are written without
    spaces between family name and given name, each character begins a word.
    """
    return tuple(sorted(islice(words_in_order(text), most)))


def words_in_order(text: str) -> Iterator[str]:
    """The words of a text in their order, each once, as `indexed_words` describes them."""
    found: set[str] = set()
    for word in _with_beginnings(fold(text).split()):
        cut = word[:MAX_WORD]
        if cut and cut not in found:
            found.add(cut)
            yield cut


def folded_signs(text: str, signs: str) -> str:
    """The text in lower case without accents, spaces, and all signs but `signs` (as in addresses)."""
    letters = (char if char in signs else _folded(char) for char in composed(text))
    return "".join(letter for letter in letters if letter not in {_SPACE, _APOSTROPHE})


def is_syllables(word: str) -> bool:
    """Whether a word consists of Chinese characters or Korean syllables."""
    return all(map(_is_syllable, word))


def matches(words: tuple[str, ...], searched: tuple[str, ...]) -> bool:
    """Whether each searched word begins one of these words."""
    return all(any(word.startswith(begin) for word in words) for begin in searched)


def _with_beginnings(words: list[str]) -> Iterator[str]:
    syllables = ""
    for word in words:
        if is_syllables(word):
            # "王 小明" and "王小明" are the same name.
            syllables += word
            continue
        yield from _suffixes(syllables)
        syllables = ""
        yield word.replace(_APOSTROPHE, "")
        # The first part begins the word above.
        yield from word.split(_APOSTROPHE)[1:] if _APOSTROPHE in word else ()
    yield from _suffixes(syllables)


def _suffixes(syllables: str) -> Iterator[str]:
    return (syllables[start:] for start in range(len(syllables)))


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    if char in _APOSTROPHES:
        return _APOSTROPHE
    # Twice: `casefold` of a letter with an accent (İ) can give an accent, and NFKD of a sign (℡) a capital letter.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    letters = "".join(_LETTERS.get(part, part) for part in decomposed if _is_letter(part))
    if letters:
        return unicodedata.normalize("NFC", letters)
    # An accent alone, a joiner or a soft hyphen stands within a word; anything else is between words.
    return "" if unicodedata.category(char) in {"Mn", "Me", "Cf"} or decomposed in _LETTERS else _SPACE


def _is_letter(char: str) -> bool:
    """Whether a character is part of a word: a letter, a digit, or a sign that is part of a letter."""
    kind = unicodedata.category(char)
    return kind[0] in "LN" or (kind in {"Mn", "Mc"} and unicodedata.combining(char) in _KEPT_MARKS)


def _is_syllable(char: str) -> bool:
    """Whether a character is a Chinese character (of any block) or a Korean syllable."""
    return "\u3400" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" or "\U00020000" <= char <= "\U0003ffff"
