"""Recognises a text that only stands for the HTML beside it. Then the HTML is the body, as mail programs show it.

There are three kinds:

- A notice says that the program shows no HTML, or where the email can be read in a browser.
- A stub is cut off, has nothing but pictures, links or a full stop, or only repeats the subject or the salutation.
- The source of the HTML, or its styles, which a program took for text.

A person's short text is none of these, even if the HTML adds a quote or a footer to it. In doubt, the text is kept.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.bodies.content import Content
from email_channels.mail.html import html_to_text

_LONGEST: Final = 1_200
"""Characters of a text that may stand for the HTML."""
_LONGEST_NOTICE: Final = 700
_LONGEST_SALUTATION: Final = 60
_FEWEST_MORE: Final = 20
"""Letters that the HTML must have more than a stub."""
_MANY_MORE: Final = 100

_URL: Final = expression(r"<?\b(?:https?://|www\.|mailto:)\S{1,2000}", re.IGNORECASE)
_MARK: Final = expression(
    r"\[(?:cid|image|img|bild|imagen|immagine|https?)\b[^\]]{0,500}\]|<(?:cid|image)[^>]{0,500}>", re.IGNORECASE
)
"""What programs write in place of a picture."""

_NOT_LETTERS: Final = expression(r"[\W_]+")
_WORD: Final = expression(r"\w+")
_DOTS: Final = expression(r"\s?(?:\.{3,5}|…|\[\.{3}\]|\[…\]|>>)$")
_TAIL_WORD: Final = expression(r"\w{1,50}$")
_SOURCE: Final = expression(
    r"<(?:!doctype html|html|head|body|style|table|div|meta)\b[^<>]{0,500}>"
    r"|(?:@media\b|@import\b|[\w.#*, :>-]{1,80}\{\s{0,9}[\w-]{1,30}\s{0,9}:)",
    re.IGNORECASE,
)
"""The beginning of HTML or of styles."""

_PLACEHOLDER: Final = expression(
    r"\W{0,3}(?:(?:there is |this \w{1,10} has )?no (?:plain[- ]?)?text(?: \w{1,12}){0,3}"
    r"|null|none|nil|undefined|nan|&nbsp;|plain[- ]text|text/plain|text version|empty|default text)\W{0,3}",
    re.IGNORECASE,
)
"""What programs write that have no text."""

# Words of notices. They need not be exact: the other condition is that the HTML does not say the same.
_NOTICE: Final = expression(
    r"html|\bmime\b"
    # "if you cannot read this email", "view online", "in your browser"
    r"|(?:can(?:not|'t|’t)|unable to|trouble|problems?|difficult\w{0,4}) .{0,30}(?:view|read|see|display)"
    r"|\b(?:view|read|see|open) .{0,40}\b(?:online|browser)\b|web ?-?version|click here"
    r"|nicht .{0,40}(?:angezeigt|dargestellt|lesbar|lesen|anzeigen)|im browser|online-?(?:version|ansicht)|klicken sie"
    r"|(?:ne|n['’]) ?.{0,40}(?:affich|visualis|lisible|lire)|navigateur|version en ligne|cliquez"
    r"|no .{0,40}(?:visualiz|puede ver|ver este|leer)|navegador|versi[oó]n (?:en l[ií]nea|web|online)"
    r"|clique|haga clic|pulse"
    r"|n[aã]o .{0,40}(?:visualiz|consegue|ler)|vers[aã]o (?:web|online)"
    r"|non .{0,40}(?:visualizz|legg|riesc)|versione (?:web|online)|clicca"
    r"|niet .{0,40}(?:weergegeven|lezen|zien|goed)|webversie|klik hier"
    r"|nie .{0,40}(?:wyświetl|widzisz|obsługuje)|przeglądarce|kliknij"
    r"|не .{0,40}(?:отобража|видит|поддержива)|браузер"
    r"|kan ikke .{0,30}(?:vise|læse|lese|se)|kan inte .{0,30}(?:visa|läsa|se)"
    r"|i (?:en |din )?(?:nett?leser|browser|webbläsare)"
    r"|goster(?:il|em)|görüntüle|tarayıcı|prohlížeč|böngésző|selaimes|browserul|v prehliadač"
    r"|ブラウザ|表示(?:され|でき)|浏览器|瀏覽器|无法(?:显示|查看|浏览)|無法(?:顯示|檢視)|브라우저|표시되지",
    re.IGNORECASE,
)


def stands_for_html(text: str, html: str, content: Content) -> bool:
    """Whether `text`, the plain alternative of `html`, only stands for it. `content` tells the subject of the email."""
    text = text.strip()
    if _SOURCE.match(text):
        return bool(_letters(html_to_text(html)))
    if not text or len(text) > _LONGEST:
        return False
    words = _without_links(text)
    letters = _letters(words)
    if not letters:  # an emoji is an answer, though
        return words.isascii() and bool(_letters(_without_links(html_to_text(html))))
    if len(words) <= _LONGEST_NOTICE and _NOTICE.search(words):
        return _is_notice(words, html_to_text(html))
    if _PLACEHOLDER.fullmatch(words):
        return letters not in (shown := _letters(html_to_text(html))) and len(shown) >= _FEWEST_MORE
    if letters == _letters(content.subject):
        return len(_letters(html_to_text(html))) >= len(letters) + _FEWEST_MORE
    if _DOTS.search(words) or _is_salutation(words) or _goes_on(words, html):
        return _is_cut(words, html_to_text(html))
    return False


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text).casefold()


def _without_links(text: str) -> str:
    """`text` without addresses of pages and marks of pictures."""
    return _MARK.sub(" ", _URL.sub(" ", text)).replace("\xa0", " ").strip()


def _is_notice(words: str, shown: str) -> bool:
    """Whether most of the words are not in the HTML, which says something else."""
    said = set(_WORD.findall(words.casefold()))
    repeated = said & set(_WORD.findall(shown.casefold()))
    return len(_letters(shown)) > 1 and len(repeated) * 5 < len(said) * 3


def _is_salutation(words: str) -> bool:
    """Whether the text is one short line that ends in a comma or a colon."""
    return len(words) <= _LONGEST_SALUTATION and "\n" not in words and words.endswith((",", ":", "，", "："))


def _goes_on(words: str, html: str) -> bool:
    """Whether the last word of the text seems to be the beginning of a longer word in the HTML."""
    tail = _TAIL_WORD.search(words)
    return tail is not None and re.search(rf"\b{re.escape(tail[0])}\w", html) is not None


def _is_cut(words: str, shown: str) -> bool:
    """Whether the text is the beginning of the HTML's text, and ends where that text goes on."""
    said = _letters(_DOTS.sub("", words))
    letters = _letters(shown)
    if not letters.startswith(said) or len(letters) < len(said) + _FEWEST_MORE:
        return False
    if _is_salutation(words):
        return len(letters) >= len(said) + _MANY_MORE
    rest = _after_letters(shown, len(said))
    if (dots := _DOTS.search(words)) is not None:
        return not rest.lstrip().startswith(dots[0].strip())  # the dots are the sender's own
    return rest[:1].isalnum()


def _after_letters(text: str, count: int) -> str:
    """What follows the first `count` letters of a text."""
    seen = 0
    for at, char in enumerate(text):
        if seen >= count:
            return text[at:]
        seen += len(_letters(char))
    return ""
