"""The limits for reading a message, each with its reason. Each constant is a maximum.

They are generous for mail that people and programs send, and small enough that hostile mail costs little. If something
exceeds a limit, it is left as it is (an attachment is not decoded, a field is not read), and `defects` says so.
"""

from __future__ import annotations

from typing import Final

# Postfix limits a header to 100 KiB (header_size_limit), Exim to 1 MiB: honest mail never has more.
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
"""Nesting of multiparts. A multipart that is deeper becomes one attachment. Gateways that wrap mail again and again
reach ten."""

MAX_PARTS: Final = 2_000
"""Parts of one message; the rest becomes one attachment."""

MAX_DEFECTS: Final = 50
"""Defects that are listed."""

MAX_FILENAME_BYTES: Final = 240
"""UTF-8 bytes of an attachment's name: common file systems allow 255, and a suffix must still fit."""

# A long novel has a megabyte. Longer texts are logs or exports of programs, which nobody reads in an email.
MAX_BODY_BYTES: Final = 4_194_304
"""Bytes of text, and as many of HTML, in a message's body. A part that does not fit is also attached in full."""

MAX_HTML_CHARACTERS: Final = 8_000_000
"""Characters of HTML that are converted to text. If there are more, the text says that it was cut."""

MAX_UUENCODED: Final = 200
"""Uuencoded files that are taken out of one text. Further files stay in the text."""

MAX_COMPARED_PIECES: Final = 20
"""Segments of a body. If a body has more, its HTML is not compared with its text to see whether it repeats the text."""

MAX_HTML_TAGS: Final = 150_000
"""Tags in HTML that is parsed. If there are more, the tags are only removed. Sheets pasted from Excel have 50,000."""

MAX_HTML_DEPTH: Final = 400
"""Nesting of block elements in HTML that is parsed. If it is deeper, the tags are only removed."""

MAX_DETECTION_BYTES: Final = 32_768
"""Bytes that are read to guess a charset."""

MAX_REPORT_RECIPIENTS: Final = 1_000
"""Recipients that are read from one delivery report."""

MAX_REPORT_BYTES: Final = 1_048_576
"""Bytes of a delivery report's machine-readable part that are read."""

MAX_CALENDAR_BYTES: Final = 262_144
"""Bytes of a calendar object that are read. An answer to an invitation has two thousand, unless it attaches files."""

MAX_BOUNCE_TEXT: Final = 65_536
"""Characters of a report's text that are searched for failed recipients."""

MAX_BOUNCE_LINE: Final = 1_000
"""Characters of a line of that text; RFC 5322, section 2.1.1, allows 998."""

MAX_BOUNCE_LINES: Final = 2_000
"""Lines of a report that are searched for the formats of mail servers."""

MAX_REPLY_LINES: Final = 10_000
"""Lines that are searched for the beginning of the quoted text."""

MAX_ATTRIBUTION_CHARACTERS: Final = 150_000
"""Characters of a text that are searched for an attribution line: each line, alone and with the next."""

MAX_UNWRAPPED: Final = 8
"""Containers (winmail.dat, signed S/MIME) of one message that are opened. A signed message may be signed again."""

MAX_RTF_BYTES: Final = 1_048_576
"""Bytes of rich text in a winmail.dat that are read. Reading it is slow, and it may be compressed to a seventeenth."""

MAX_TNEF_ATTACHMENTS: Final = 500
"""Files that are unpacked from one winmail.dat."""
