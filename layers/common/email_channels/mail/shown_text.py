"""Short texts as people are shown them: subjects, names of people, file names.

Such a text is shown on one line, in lists and beside other texts. It must not change how they look, and it must not
hide anything from people that programs see. This module is the only place that decides which characters are shown.
The header fields of a message (`InboundMessage.headers`), its bodies and its original keep every character.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression

_SPACES: Final = expression("\\r\\n|[\\t\\n\\x0b\\x0c\\r\\x85\\u2028\\u2029]")
"""What ends a line or moves on in it (Unicode, section 5.8). A control character of this kind stands between words."""

_WINDOWS_1252: Final = expression("[\x80-\x84\x86-\x9f]")
"""C1 control characters (U+0085 is a line end). Nobody writes them: programs that take Windows-1252 for Latin-1 make
them of its quotes, dashes and the euro, as `raw_text` of `headers` knows too."""

_UNSEEN: Final = expression(
    "(\\U0001f3f4[\\U000e0030-\\U000e007a]{2,6}\\U000e007f)"  # a flag, which stays
    "|[\\x00-\\x1f\\x7f-\\x9f"  # control characters
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u206f"  # marks of writing direction
    "\\u00ad\\u180e\\u200b\\u2060-\\u2065\\ufeff\\ufff9-\\ufffb"  # characters without width
    "\\ud800-\\udfff"  # halves of surrogate pairs
    "\\U000e0000-\\U000e00ff\\U000e01f0-\\U000e0fff]"  # tags, and other characters without width
)
"""Characters that people do not see.

- Control characters, as terminals obey them.
- Marks of writing direction reverse the text after them, so that `gpj.exe` is shown as `exe.jpg`. Each text is shown on
  a line or in an element of its own, so Hebrew and Arabic need no marks.
- Characters without width break words that somebody searches. The two joiners (U+200C, U+200D) stay, because Persian,
  the scripts of India and emoji need them; so do variation selectors.
- Tags can hold a whole hidden sentence. Some flags (England, Scotland, Wales) are made of tags, too, and stay.
"""


def shown_text(text: str) -> str:
    """`text` as people are shown it: on one line, without white space around it and without unseen characters.

    It is empty if people would see nothing. Spaces within the line are kept.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _WINDOWS_1252.sub(_of_windows_1252, _SPACES.sub(" ", text))
    return _UNSEEN.sub(r"\1", text).strip()


def shown_line(text: str, most: int) -> str:
    """As `shown_text`, with single spaces, and cut to `most` characters, the last of which is then `…`."""
    line = " ".join(shown_text(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _of_windows_1252(match: re.Match[str]) -> str:
    """The character that a C1 control character was meant to be; "" for the five bytes that have none."""
    return bytes((ord(match[0]),)).decode("cp1252", "ignore")
