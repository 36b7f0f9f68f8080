"""Guesses the codec of bytes without a declared charset: the codec that makes them text of some language.

- Cyrillic, Greek, Hebrew, Arabic and Thai: by how often each letter occurs. This needs only a few lines, whereas
  general detectors need a page.
- Latin letters: by the letters with accents that a language has.
- Chinese, Japanese and Korean: by their most common characters.
- Everything else: by charset-normalizer.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.limits import MAX_DETECTION_BYTES

# The letters of a language, the most frequent first, and the codecs of mail in that language, the most likely first.
_ALPHABETS: Final = (
    ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", ("cp1251", "koi8_r", "iso8859_5", "cp866")),
    ("оаиніетврслкудмпязьгйчбхцюєжїшщфґ", ("cp1251", "koi8_u", "iso8859_5", "cp866")),
    ("αοιετσνηυρίπκμλόςάέήωδγύώχθφβξζψϊϋΐΰ", ("cp1253", "iso8859_7")),
    ("יוהלאתמרבשנםחדעקכפגזטסןצךףץ", ("cp1255", "iso8859_8", "cp862")),
    ("ايلمونتربهعدسفحكقةجشصىأخطضزذثغئءظإآؤ", ("cp1256", "iso8859_6")),
    ("านร่อกเงมย้ลวดีทสตัิะปบคหแจพำชขใุื์ไูโผซถึณธ็ฐศษภญฟฉฮฝๆฎฏฑฒฆฬฌ๊๋", ("cp874",)),
)
# The letters outside ASCII of one language, or of neighbouring languages.
_ACCENTED: Final = (
    ("cp1252", "äöüßåæøéÄÖÜÅÆØÉ"),
    ("cp1252", "àâæçèéêëîïôœùûüÿÀÂÆÇÈÉÊËÎÏÔŒÙÛÜ"),
    ("cp1252", "áéíóúñüãõâêôàçÁÉÍÓÚÑÜÃÕÂÊÔÀÇ¿¡ºª"),
    ("cp1252", "àèéìíòóùúÀÈÉÌÍÒÓÙÚ"),
    ("cp1252", "äöüëïéèáóêçåÄÖÜËÏÉ"),
    ("cp1254", "çğıöşüâîûÇĞİÖŞÜÂÎ"),
    ("cp1252", "áðéíóúýþæöÁÐÉÍÓÚÝÞÆÖ"),
    ("cp1250", "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"),
    ("iso8859_2", "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"),
    ("cp1250", "áčďéěíňóřšťúůýžäôĺľŕÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ"),
    ("iso8859_2", "áčďéěíňóřšťúůýžäôĺľŕÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ"),
    ("cp1250", "čćđšžČĆĐŠŽ"),
    ("cp1250", "ăâîşţĂÂÎŞŢ"),
    ("cp1257", "ąčęėįšųūžĄČĘĖĮŠŲŪŽ"),
    ("cp1257", "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ"),
    ("cp1252", "äöüßåæøéèêëàâáíóúñçôîïãõûùÄÖÜÅÆØÉÈÀÁÇÑ"),
)
_COMMON_SIMPLIFIED: Final = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行"
    "学法所民得经三之进着等部度家电力里如水化高自二理起小现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天"
    "政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情"
    "您请谢信件邮附收到查件司测试订单票付款货物价格报合号客服务网站账户密码登录错误回复申认"
)
_COMMON_TRADITIONAL: Final = (
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行"
    "學法所民得經三之進著等部度家電力裡如水化高自二理起小現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天"
    "政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無系軍很情"
    "您請謝信件郵附收到查件司測試訂單票付款貨物價格報合號客服務網站帳戶密碼登錄錯誤回覆申認"
)
_COMMON_KOREAN: Final = (
    "이다는을를의에하고니가은로지한어사도기인그라서자시해나수아있들요습안녕감세보대부전정주제문것일리만과여으오우으스게상장"
    "성신원내구면입메테트드립렇게되방위공연조무유비본당관중"
)
_KANA: Final = "".join(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FD)))) + "、。「」ー"
_COMMON_JAPANESE: Final = _KANA + (
    "日本人大年月一二三会社様件書見積請求問合資料願注文確認連絡報告議御中部東京株式田山川名氏電話番号送付契約支払金額"
)
_CHARACTERS: Final = (
    ("gb18030", frozenset(_COMMON_SIMPLIFIED)),
    ("cp950", frozenset(_COMMON_TRADITIONAL)),
    ("cp949", frozenset(_COMMON_KOREAN)),
    ("cp932", frozenset(_COMMON_JAPANESE)),
    ("euc_jp", frozenset(_COMMON_JAPANESE)),
)
_PUNCTUATION: Final = frozenset("،؟؛“”„‘’‚–—…•«»€°§№©®™·´`\u00a0\u00ad²½")
# The codecs that occur in mail. charset-normalizer also knows code pages of mainframes and old Macintoshes.
# fmt: off
_MAIL_CODECS: Final = [
    "gb18030", "big5", "big5hkscs", "cp949", "cp932", "euc_jp", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
    "cp1255", "cp1256", "cp1257", "cp1258", "koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_7", "cp866",
]
# fmt: on
_HIGH_BYTE: Final = expression(rb"[\x80-\xff]")
_FOUR_HIGH_BYTES: Final = expression(rb"[\x80-\xff]{4}")
# Quotes, dashes, the euro, the no-break space: an English text from Word has no other bytes outside ASCII.
_WINDOWS_PUNCTUATION: Final = expression(rb"[\x80\x82\x84\x85\x91-\x97\x99\xa0\xa3\xa7\xa9\xab\xae\xb0\xb4\xb7\xbb]")
_LATIN_LETTER: Final = expression(rb"[A-Za-z]")
_SHORTEST_DETECTED: Final = 400
"""The fewest bytes for which charset-normalizer is used. It needs as much time for a single word, and a header may
contain thousands of words."""

# Signs that occur inside a word only if another code page has letters in their place.
_SIGN_IN_WORD: Final = expression(rb"[A-Za-z][\xb1\xb3\xb6\xb9\xbc\xbe\xbf][a-z]{2}")
# Words without any ASCII letter.
_WORD_BEYOND_LATIN: Final = expression(rb"(?<![A-Za-z\x80-\xff])[\x80-\xff]{4,}(?![A-Za-z\x80-\xff])")
_FEWEST_HIGH: Final = 4
_FEWEST_OF_ALPHABET: Final = 6
_SHARE_OF_ALPHABET: Final = 0.93
# The least average likelihood of the letters, as the natural logarithm of "how much more likely than by chance". Texts
# in the language have 0 to 0.5. Texts that are read in a wrong code page have -0.7 and less.
_LIKELY: Final = -0.3
_LIKELY_CHARACTERS: Final = 0.2
_LIKELY_IN_A_WORD: Final = 0.45
_UNLIKELY: Final = -9.0


def guess_codec(data: bytes) -> str | None:
    """The most likely codec of `data`, which is neither ASCII nor UTF-8; None if there is too little text."""
    sample = data[:MAX_DETECTION_BYTES]
    high = len(_HIGH_BYTE.findall(sample))
    if len(_WINDOWS_PUNCTUATION.findall(sample)) == high:
        return None
    latin = len(_LATIN_LETTER.findall(sample))
    is_short = high < 2 * _FEWEST_OF_ALPHABET
    if is_short and _is_one_western_language(sample):
        return None
    if is_short and high >= _FEWEST_HIGH and (codec := _by_a_whole_word(sample)) is not None:
        return codec
    if high >= max(_FEWEST_OF_ALPHABET, latin // 2) and (codec := _by_letters(sample)) is not None:
        return codec
    if high < _FEWEST_HIGH:
        return _by_accents(sample) if _SIGN_IN_WORD.search(sample) else None
    if _FOUR_HIGH_BYTES.search(sample) is None and (codec := _by_accents(sample)) is not None:
        return codec
    if high >= _FEWEST_OF_ALPHABET and (codec := _by_characters(sample)) is not None:
        return codec
    # Latin letters with a few accents are Western European mail, but detectors say that it is Turkish or Baltic.
    if len(sample) < _SHORTEST_DETECTED or high * 3 < latin:
        return None
    return _by_charset_normalizer(sample)


def _by_a_whole_word(sample: bytes) -> str | None:
    """The codec of a sample of a few words, if one word has no ASCII letter; None otherwise."""
    if _WORD_BEYOND_LATIN.search(sample) is None:
        return None
    return _by_letters(sample, fewest=_FEWEST_HIGH) or _by_characters(sample, least=_LIKELY_IN_A_WORD)


def _by_letters(sample: bytes, fewest: int = _FEWEST_OF_ALPHABET) -> str | None:
    """The codec in which the bytes are letters of a language, each about as frequent as in that language; or None."""
    counts = [(byte, count) for byte, count in Counter(sample).items() if byte > 0x7F]
    best, found = _LIKELY, None
    for codec, small, capital, punctuation in _tables():
        beyond = sum(count for byte, count in counts if byte not in punctuation)
        letters = sum(count for byte, count in counts if byte in small or byte in capital)
        if letters < max(fewest, _SHARE_OF_ALPHABET * beyond):
            continue
        # A wrong code page turns small letters into capitals. But a text that has only capitals may be right too.
        unusual = 1.0 if any(byte in small for byte, _ in counts) else 0.0
        total = sum(small[byte] * count for byte, count in counts if byte in small)
        total += sum((capital[byte] - unusual) * count for byte, count in counts if byte in capital)
        total += _UNLIKELY * (beyond - letters)
        if (mean := total / beyond) > best:
            best, found = mean, codec
    return found


@cache
def _tables() -> tuple[tuple[str, dict[int, float], dict[int, float], frozenset[int]], ...]:
    """For each codec of each alphabet: the weights of small and of capital letters by byte, and the punctuation.

    The weight of a letter is the logarithm of "how much more likely than by chance". It decreases with the letter's
    rank.
    """
    tables = []
    for letters, codecs in _ALPHABETS:
        shares = [math.exp(-rank * 3.5 / len(letters)) for rank in range(len(letters))]
        mean = sum(shares) / len(shares)
        weights = {letter: math.log(share / mean) for letter, share in zip(letters, shares, strict=True)}
        for codec in codecs:
            chars = {byte: bytes((byte,)).decode(codec, "replace") for byte in range(0x80, 0x100)}
            small = {byte: weights[char] for byte, char in chars.items() if char in weights}
            capital = {byte: weights[char.lower()] for byte, char in chars.items() if char.lower() in weights}
            capital = {byte: weight for byte, weight in capital.items() if byte not in small}
            punctuation = frozenset(byte for byte, char in chars.items() if char in _PUNCTUATION)
            tables.append((codec, small, capital, punctuation))
    return tuple(tables)


def _by_characters(sample: bytes, least: float = _LIKELY_CHARACTERS) -> str | None:
    """The codec in which many of the characters are among the most common ones of a language; or None."""
    best, found = least, None
    for codec, common in _CHARACTERS:
        text = sample.decode(codec, "replace")
        beyond = [char for char in text if char > "\x7f"]
        if not beyond or text.count("\ufffd") * 50 > len(beyond) + 49:
            continue
        share = sum(1 for char in beyond if char in common) / len(beyond)
        if share > best:
            best, found = share, codec
    return found


def _is_one_western_language(sample: bytes) -> bool:
    """Whether all letters outside ASCII belong to one language of Western Europe, such as `äöüß`."""
    text = sample.decode("cp1252", "replace")
    return all(char < "\x80" or char.isalpha() for char in text) and _by_accents(sample, _ACCENTED[:-1]) == "cp1252"


def _by_accents(sample: bytes, languages: tuple[tuple[str, str], ...] = _ACCENTED) -> str | None:
    """The codec in which all characters outside ASCII are letters with accents of one language; or None."""
    for codec, letters in languages:
        beyond = {char for char in sample.decode(codec, "replace") if char > "\x7f"}
        if beyond and all(char in letters or char in _PUNCTUATION for char in beyond):
            return codec
    return None


def _by_charset_normalizer(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # seldom needed, and 30 ms to import

    try:
        best = from_bytes(sample, cp_isolation=_MAIL_CODECS, preemptive_behaviour=False, enable_fallback=False).best()
    except (ValueError, LookupError, OSError):  # not documented; parsing continues without a guess
        return None
    return best.encoding if best is not None else None
