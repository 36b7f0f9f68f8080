"""The items by which cases are found: the list of the words of a case, and an item for each of these words.

The item of a word is nothing but its key (`keys.case_word`), without kind and schema: a case has ten of them.
"""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import Row
from email_channels.cases.search.case_words import CaseWords


class CaseWordsRow(Row, discriminator="case_words"):
    """The words under which a case is found. It is written before the items of its words, and deleted after them.

    `words` has a line for each source: its id, and its words, with spaces between them. `made` is the time at which
    the case was made, as the keys of its words have it. `gone` are words whose items may still have to be deleted.
    """

    words = UnicodeAttribute()
    made = UnicodeAttribute()
    gone = UnicodeAttribute(null=True)


def made_at(created_at: str) -> str:
    """The time at which a case was made (`created_at` of its item), as the keys of its words have it."""
    return keys.newest_first(created_at)


def case_words_row(case_id: str, made: str, words: CaseWords, version: int) -> CaseWordsRow:
    """The item of the words of a case."""
    pk, sk = keys.case_words(case_id)
    lines = [" ".join((source, *found)) for source, found in words.by_source.items()]
    return CaseWordsRow(
        pk=pk, sk=sk, version=version, made=made, words="\n".join(lines), gone=" ".join(words.gone) or None
    )


def case_words_of(row: CaseWordsRow) -> CaseWords:
    """The words in an item."""
    lines = (line.split(" ") for line in row.words.split("\n"))
    return CaseWords({source: tuple(words) for source, *words in lines}, tuple((row.gone or "").split()))


def word_keys(row: CaseWordsRow) -> list[Key]:
    """The keys of all items that an item of words names."""
    words, case_id = case_words_of(row), keys.record_id_of(row.pk)
    return [keys.case_word(word, row.made, case_id) for word in sorted({*words.all, *words.gone})]
