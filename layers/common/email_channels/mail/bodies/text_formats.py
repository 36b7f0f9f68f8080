"""Reads text that contains formatting: format=flowed, text/enriched, text/richtext."""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression

_QUOTE_MARKS: Final = expression(r">*")
_SIGNATURE_SEPARATOR: Final = "-- "
_COMMAND: Final = expression(r"<(/?[A-Za-z-]{1,60})>")
_ENRICHED_PARAMETER: Final = expression(r"<param>[^<]{0,500}</param>", re.IGNORECASE)
_LINE_ENDS: Final = expression(r"\n(\n*)")
_RICHTEXT_COMMENT: Final = expression(r"<comment>[^<]{0,1000}</?comment>|<comment>[^<\n]{0,1000}", re.IGNORECASE)
_RICHTEXT_BREAK: Final = expression(r"<(?:nl|np|/?paragraph)>", re.IGNORECASE)
_RICHTEXT_LESS_THAN: Final = expression(r"<lt>", re.IGNORECASE)


def unflow(text: str, *, delete_space: bool) -> str:
    """The text of format=flowed (RFC 3676) with each paragraph on one line. `delete_space` is its parameter DelSp.

    Lines are joined only within one quotation depth. The signature separator `-- ` is never joined (section 4.3).
    """
    output: list[str] = []
    paragraph: list[str] = []
    depth = 0

    def end_paragraph() -> None:
        if paragraph:
            joined = "".join(paragraph)
            output.append(">" * depth + (" " if depth and joined else "") + joined)
            paragraph.clear()

    for line in text.split("\n"):
        marks = _QUOTE_MARKS.match(line)
        line_depth = marks.end() if marks else 0
        content = line[line_depth:].removeprefix(" ")
        if line_depth != depth or content == _SIGNATURE_SEPARATOR:
            end_paragraph()
        depth = line_depth
        if content.endswith(" ") and content != _SIGNATURE_SEPARATOR:
            paragraph.append(content[:-1] if delete_space else content)
        else:
            paragraph.append(content)
            end_paragraph()
    end_paragraph()
    return "\n".join(output)


def read_enriched(text: str) -> str:
    """The text of text/enriched (RFC 1896). Commands are left out, a single line end is a space, and `<<` is `<`."""
    text = _LINE_ENDS.sub(lambda match: match[1] or " ", _ENRICHED_PARAMETER.sub("", text))
    return _COMMAND.sub("", text.replace("<<", "\x00")).replace("\x00", "<")


def read_richtext(text: str) -> str:
    """The text of text/richtext (RFC 1341, section 7.1.3), an older form of text/enriched."""
    text = _RICHTEXT_COMMENT.sub("", text.replace("\n", " "))
    text = _RICHTEXT_LESS_THAN.sub("\x00", _RICHTEXT_BREAK.sub("\n", text))
    return _COMMAND.sub("", text).replace("\x00", "<")
