"""Text that was wrapped for the way, unwrapped again: format=flowed (RFC 3676)."""

from __future__ import annotations

import re
from typing import Final

_QUOTES: Final = re.compile(r">*")


def unflow(text: str, *, delete_space: bool) -> str:
    """Paragraphs of a flowed text, each on one line. `delete_space` is the parameter DelSp (section 4.1).

    Lines are joined only within one depth of quotation, and the signature's separator `-- ` never (section 4.3).
    """
    output: list[str] = []
    flowing: list[str] = []
    depth = 0

    def finish() -> None:
        if flowing:
            paragraph = "".join(flowing)
            output.append(">" * depth + (" " if depth and paragraph else "") + paragraph)
            flowing.clear()

    for line in text.split("\n"):
        match = _QUOTES.match(line)
        level = match.end() if match else 0
        content = line[level:]
        content = content.removeprefix(" ")
        if flowing and level != depth:
            finish()
        depth = level
        if content == "-- " or not content.endswith(" "):
            if content == "-- ":
                finish()
            flowing.append(content)
            finish()
        else:
            flowing.append(content[:-1] if delete_space else content)
    finish()
    return "\n".join(output)
