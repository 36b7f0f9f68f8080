"""The bounds that a message may not exceed while it is read, each with its reason.

They are generous for mail that people and programs send, and small enough that hostile mail costs little. What lies
beyond a bound is kept as it is (an undecoded attachment, an unread header), never lost in silence: `defects` says so.
"""

from __future__ import annotations

from typing import Final

# Postfix's header_size_limit is 100 KiB, Exim's 1 MiB: nothing beyond that reaches us by an honest way.
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
"""Ids that are read from References; a thread of years has a hundred."""

MAX_PARAMETERS: Final = 200
"""Parameters of one Content-Type or Content-Disposition, RFC 2231's sections included."""

MAX_DEPTH: Final = 40
"""Nesting of multiparts; what lies deeper becomes one attachment. Gateways that wrap and wrap again reach ten."""

MAX_PARTS: Final = 2_000
"""Parts of one message; the rest becomes one attachment."""

MAX_DEFECTS: Final = 50
"""Defects that are listed."""

MAX_FILENAME_BYTES: Final = 240
"""UTF-8 bytes of an attachment's name: what common file systems take, less room for a suffix."""

# A thick novel has a megabyte; what programs send beyond that is a log or an export, which nobody reads in a mail.
MAX_BODY_BYTES: Final = 4_194_304
"""Bytes of text, and as many of HTML, that are a message's body; a part that goes on beyond them is attached, too."""

MAX_HTML_CHARACTERS: Final = 8_000_000
"""Characters of HTML that are turned into text; beyond them, the text says that it was cut."""

MAX_UUENCODED: Final = 200
"""Files that are taken out of one text; the rest stay text."""

MAX_COMPARED_PIECES: Final = 20
"""Stretches of a body up to which it is asked whether HTML beside text only repeats it."""

MAX_HTML_TAGS: Final = 150_000
"""Tags of HTML that are followed; with more, they are only taken out. Sheets pasted from Excel have 50,000."""

MAX_HTML_DEPTH: Final = 400
"""Nesting of HTML elements that is followed; deeper elements are read as if they lay flat."""

MAX_DETECTION_BYTES: Final = 32_768
"""Bytes that are looked at when a charset has to be guessed."""

MAX_REPORT_RECIPIENTS: Final = 1_000
"""Recipients that are read from one delivery report."""

MAX_REPORT_BYTES: Final = 1_048_576
"""Bytes of a delivery report's machine-readable part that are read."""

MAX_BOUNCE_TEXT: Final = 65_536
"""Characters of a report's text that are searched for failed recipients."""

MAX_BOUNCE_LINE: Final = 1_000
"""Characters of such a line; RFC 5322, section 2.1.1, allows 998."""

MAX_BOUNCE_LINES: Final = 2_000
"""Lines of a report in which the formats of mail servers are looked for."""

MAX_REPLY_LINES: Final = 10_000
"""Lines in which the beginning of the quoted text is looked for."""

MAX_ATTRIBUTION_CHARACTERS: Final = 150_000
"""Characters of a text that are weighed for whether they introduce a quote: each line, alone and with the next."""

MAX_UNWRAPPED: Final = 8
"""Containers (winmail.dat, opaque signatures) of one message that are opened; a signature may be signed again."""

MAX_RTF_BYTES: Final = 1_048_576
"""Bytes of rich text in a winmail.dat that are read; it compresses to a seventeenth, and is slow to read."""

MAX_TNEF_ATTACHMENTS: Final = 500
"""Files that are unpacked from one winmail.dat."""
