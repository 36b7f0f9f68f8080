"""The words by which names and subjects are found."""

import time

import pytest
from email_channels.cases.search.words import MAX_WORD, fold, indexed_words, matches, searched_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Zoë Hartmann", "hartmann zoe"),
        ("Hartmann, Zoe", "hartmann zoe"),
        ("ŁUKASZ Żółć-Øster", "lukasz oster zolc"),
        ("Đorđe Æsir Weiß Þór", "aesir dorde thor weiss"),
        ("Müller-Lüdenscheidt", "ludenscheidt muller"),
        ("Seán O'Brien", "brien obrien sean"),
        ("Seán O’Brien", "brien obrien sean"),
        ("Gerard 't Hooft", "gerard hooft t"),
        ("ʿAlī", "ali"),
        ("İpek Işık", "ipek isik"),
        ("Αλέξανδρος", "αλεξανδροσ"),
        ("ΑΛΕΞΑΝΔΡΟΣ", "αλεξανδροσ"),
        ("أحمد", "احمد"),
        ("مُحَمَّد", "محمد"),
        ("علی", "علي"),
        ("王小明", "小明 明 王小明"),
        ("王 小明", "小明 明 王小明"),
        ("김민수", "김민수 민수 수"),
        ("ガク がく", "がく ガク"),
        ("Йожеф", "иожеф"),
        ("विराट कोहली", "कोहली विराट"),
        ("Zoe\u0308 Zo\u00adra", "zoe zora"),
        ("Jo Jo", "jo"),
        ("  -- ' ... 🕐 ", ""),
        ("", ""),
    ],
)
def test_indexed_words(name: str, words: str) -> None:
    assert " ".join(indexed_words(name, 12)) == words


@pytest.mark.parametrize(
    "searched",
    ["zoe", "ZOË", "zo hart", "hart zo", "lüd", "o'bri", "obri", "bri", "o’b", "zoe-hart"],
)
def test_found(searched: str) -> None:
    words = indexed_words("Zoë Hartmann-Lüdenscheidt O'Brien", 12)
    assert matches(words, searched_words(searched))


@pytest.mark.parametrize("searched", ["artmann", "zoe x", "zoes", "hartmannl"])
def test_not_found(searched: str) -> None:
    assert not matches(indexed_words("Zoë Hartmann-Lüdenscheidt", 12), searched_words(searched))


def test_bounds() -> None:
    """Many words and long words are cut; the searched word is cut in the same way."""
    assert len(indexed_words(" ".join(f"w{n}" for n in range(50)), 12)) == 12
    assert indexed_words("x" * 500, 12) == ("x" * MAX_WORD,)
    assert searched_words("x" * 500) == ("x" * MAX_WORD,)
    assert len(indexed_words("王" * 200, 12)) <= 12


def test_hostile_text_is_fast() -> None:
    """40,000 accents on one letter, which `normalize` sorts in quadratic time."""
    begin = time.perf_counter()
    assert fold("a" + "\u0301\u0323" * 20_000) == "a"
    assert time.perf_counter() - begin < 2
