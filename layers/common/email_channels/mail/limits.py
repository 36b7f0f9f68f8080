"""The limits that hold while a message is read, each with its reason.

They are generous for mail that people and programs send, and small enough that hostile mail costs little. Nothing
beyond a limit is lost silently: it is kept as it is (an attachment that is not decoded, a field that is not read), and
`defects` says so.
"""

from __future__ import annotations

from typing import Final

# Postfix's header_size_limit is 100 KiB, Exim's 1 MiB: honest mail never has more.
MAX_HEADER_BYTES: Final = 1_048_576
"""Bytes of one header section that are read."""

MAX_HEADER_FIELDS: Final = 3_000
"""Header fields of one section that are kept."""

MAX_HEADER_VALUE: Final = 262_144
"""Bytes of one header field's value; a To line with 5,000 recipients has about 200,000."""

MAX_ENCODED_WORDS: Final = 4_000
"""Encoded words that are decoded in one value."""

MAX_ADDRESSES: Final = 10_000
"""Addresses that are read from the lines of one kind (To, Cc, ...)."""

MAX_MESSAGE_IDS: Final = 500
"""Message ids that are read from References; a thread of several years has a hundred."""

MAX_PARAMETERS: Final = 200
"""Parameters of one Content-Type or Content-Disposition, RFC 2231's sections included."""

MAX_DEPTH: Final = 40
"""Nesting of multiparts; what lies deeper becomes one attachment. Gateways that wrap mail repeatedly reach ten."""

MAX_PARTS: Final = 2_000
"""Parts of one message; the rest becomes one attachment."""

MAX_DEFECTS: Final = 50
"""Defects that are listed."""

MAX_FILENAME_BYTES: Final = 240
"""UTF-8 bytes of an attachment's name: common file systems allow 255, and a suffix must still fit."""

# A thick novel has a megabyte. Longer texts are logs or exports of programs, which nobody reads in a mail.
MAX_BODY_BYTES: Final = 4_194_304
"""Bytes of text, and as many of HTML, of a message's body. A part that does not fit is also attached, whole."""

MAX_HTML_CHARACTERS: Final = 8_000_000
"""Characters of HTML that are turned into text. If there are more, the text says that it was cut."""

MAX_UUENCODED: Final = 200
"""Files that are taken out of one text; the rest stay text."""

MAX_COMPARED_PIECES: Final = 20
"""Stretches of a body; in bodies with more of them, HTML is not compared with the text that it may repeat."""

MAX_HTML_TAGS: Final = 150_000
"""Tags of HTML that is parsed; if there are more, tags are only taken out. Sheets pasted from Excel have 50,000."""

MAX_HTML_DEPTH: Final = 400
"""Nesting of block elements in HTML that is parsed; if it is deeper, tags are only taken out."""

MAX_DETECTION_BYTES: Final = 32_768
"""Bytes from which a charset is guessed."""

MAX_REPORT_RECIPIENTS: Final = 1_000
"""Recipients that are read from one delivery report."""

MAX_REPORT_BYTES: Final = 1_048_576
"""Bytes of a delivery report's machine-readable part that are read."""

MAX_BOUNCE_TEXT: Final = 65_536
"""Characters of a report's text that are searched for failed recipients."""

MAX_BOUNCE_LINE: Final = 1_000
"""Characters of a line of that text; RFC 5322, section 2.1.1, allows 998."""

MAX_BOUNCE_LINES: Final = 2_000
"""Lines of a report that are searched for the formats of mail servers."""

MAX_REPLY_LINES: Final = 10_000
"""Lines that are searched for the beginning of the quoted text."""

MAX_ATTRIBUTION_CHARACTERS: Final = 150_000
"""Characters of a text that are tested for an attribution line: each line, alone and with the next."""

MAX_UNWRAPPED: Final = 8
"""Containers (winmail.dat, signed S/MIME) of one message that are opened; a signed message may be signed again."""

MAX_RTF_BYTES: Final = 1_048_576
"""Bytes of rich text in a winmail.dat that are read. It may be compressed to a seventeenth, and is slow to read."""

MAX_TNEF_ATTACHMENTS: Final = 500
"""Files that are unpacked from one winmail.dat."""
