"""Each limit of reading a message: exactly at the bound everything is read, one above it is not."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from email_channels.mail import limits
from email_channels.mail.classification import classify
from email_channels.mail.containers.rtf_compression import decompress_rtf
from email_channels.mail.html.cost import is_cheap_to_parse
from email_channels.mail.html.text import html_to_text
from email_channels.mail.message import InboundMessage
from email_channels.mail.parsing import parse_message
from email_channels.mail.replies import visible_reply

FROM = "From: kim@acme.example\nDate: Mon, 23 Nov 2026 19:43:00 +0100\n"
MULTIPART = FROM + "Content-Type: multipart/mixed; boundary=b\n\n"
REPORT = (
    "From: MAILER-DAEMON@mx.example\nSubject: Undelivered\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    "--b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n"
)


def parsed(text: str) -> InboundMessage:
    return parse_message(text.encode())


def header_bytes(count: int) -> bool:
    """The last field begins with this byte."""
    left = count - 1 - len(FROM)
    lines = [100_000] * (left // 100_000 - 1)
    lines.append(left - sum(lines))
    filler = "".join("X: " + "x" * (size - 4) + "\n" for size in lines)
    return parsed(f"{FROM}{filler}Subject: end\n\nHello\n").subject == "end"


def header_fields(count: int) -> bool:
    own = FROM.count("\n") + 1
    return parsed(FROM + "X: y\n" * (count - own) + "Subject: end\n\nHello\n").subject == "end"


def header_value(count: int) -> bool:
    return parsed(f"{FROM}Subject: {'x' * count}\n\nHello\n").subject == "x" * count


def encoded_words(count: int) -> bool:
    return "=?" not in parsed("Subject: " + " x ".join(["=?utf-8?Q?=C3=BC?="] * count) + "\n\n").subject


def addresses(count: int) -> bool:
    return len(parsed(f"To: {', '.join(f'a{n}@x.example' for n in range(count))}\n\n").to) == count


def message_ids(count: int) -> bool:
    return len(parsed(f"References: {' '.join(f'<{n}@x.example>' for n in range(count))}\n\n").references) == count


def parameters(count: int) -> bool:
    more = "".join(f"; x{n}=y" for n in range(count - 1))
    part = f"--b\nContent-Type: text/csv\nContent-Disposition: attachment{more}; filename=end.csv\n\n1\n--b--\n"
    return parsed(MULTIPART + part).attachments[0].filename == "end.csv"


def depth(count: int) -> bool:
    heads = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(count))
    return parsed(f"{FROM}{heads}Content-Type: text/plain\n\nHello\n").text == "Hello\n"


def parts(count: int) -> bool:
    each = "".join(f"--b\nContent-Disposition: attachment; filename={n}.x\n\n{n}\n" for n in range(count - 1))
    return len(parsed(f"{MULTIPART}{each}--b--\n").attachments) == count - 1


def filename_bytes(count: int) -> bool:
    name = "x" * (count - 4) + ".csv"
    part = f"--b\nContent-Disposition: attachment; filename={name}\n\n1\n--b--\n"
    return parsed(MULTIPART + part).attachments[0].filename == name


def body_bytes(count: int) -> bool:
    message = parsed(f"{FROM}\n{'x' * count}")
    return message.attachments == () and len(message.text or "") == count


def html_characters(count: int) -> bool:
    return html_to_text("<p>" + " " * (count - 4) + "x") == "x\n"


def uuencoded(count: int) -> bool:
    each = "".join(f"begin 644 {n}.txt\n#0V%T\n`\nend\n" for n in range(count))
    return len(parsed(f"{FROM}\nHello\n{each}").attachments) == count


def html_tags(count: int) -> bool:
    return is_cheap_to_parse("<br>" * count)


def html_depth(count: int) -> bool:
    return is_cheap_to_parse("<div>" * count)


def report_recipients(count: int) -> bool:
    groups = "".join(
        f"Final-Recipient: rfc822; a{n}@x.example\nAction: failed\nStatus: 5.1.1\n\n" for n in range(count)
    )
    return len(classify(parsed(f"{REPORT}Reporting-MTA: dns; mx.example\n\n{groups}--b--\n")).recipients) == count


def report_bytes(count: int) -> bool:
    """The last byte is that of the status."""
    status = "Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1"
    head = "Reporting-MTA: dns; mx.example\nX-Filler: "
    filler = "x" * (count - len(head) - len(status) - 2)
    (recipient,) = classify(parsed(f"{REPORT}{head}{filler}\n\n{status}\n--b--\n")).recipients or (None,)
    return recipient is not None and recipient.status == "5.1.1"


def reply_lines(count: int) -> bool:
    """The quoted text begins on the last line."""
    text = "\n".join(["word"] * (count - 1) + ["-----Original Message-----", "From: a@x.example", "Hello"])
    return visible_reply(text).quoted != ""


def rtf_bytes(count: int) -> bool:
    rtf = b"{\\rtf1 ".ljust(count, b"a")
    return decompress_rtf(struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf) == rtf


def compared_pieces(count: int) -> bool:
    """The HTML at the end repeats the text at the beginning."""
    texts = "".join(f"--b\nContent-Type: text/plain\n\nPart number {n}.\n" for n in range(count - 1))
    message = parsed(f"{MULTIPART}{texts}--b\nContent-Type: text/html\n\n<p>Part number 0.</p>\n--b--\n")
    return (message.text or "").count("Part number 0.") == 1


BOUNDS: dict[str, Callable[[int], bool]] = {
    "MAX_HEADER_BYTES": header_bytes,
    "MAX_HEADER_FIELDS": header_fields,
    "MAX_HEADER_VALUE": header_value,
    "MAX_ENCODED_WORDS": encoded_words,
    "MAX_ADDRESSES": addresses,
    "MAX_MESSAGE_IDS": message_ids,
    "MAX_PARAMETERS": parameters,
    "MAX_DEPTH": depth,
    "MAX_PARTS": parts,
    "MAX_FILENAME_BYTES": filename_bytes,
    "MAX_BODY_BYTES": body_bytes,
    "MAX_HTML_CHARACTERS": html_characters,
    "MAX_UUENCODED": uuencoded,
    "MAX_HTML_TAGS": html_tags,
    "MAX_HTML_DEPTH": html_depth,
    "MAX_REPORT_RECIPIENTS": report_recipients,
    "MAX_REPORT_BYTES": report_bytes,
    "MAX_REPLY_LINES": reply_lines,
    "MAX_RTF_BYTES": rtf_bytes,
    "MAX_COMPARED_PIECES": compared_pieces,
}
NO_BOUND_OF_ACCEPTANCE = {
    "MAX_DEFECTS": "what is wrong with an email is listed up to it (test_parsing_limits.py)",
    "MAX_UNWRAPPED": "containers (test_parsing_limits.py)",
    "MAX_TNEF_ATTACHMENTS": "files of one winmail.dat",
    "MAX_DETECTION_BYTES": "a sample to guess from",
    "MAX_CALENDAR_BYTES": "what is searched for an answer",
    "MAX_BOUNCE_TEXT": "what is searched for failed recipients",
    "MAX_BOUNCE_LINE": "the same",
    "MAX_BOUNCE_LINES": "the same",
    "MAX_ATTRIBUTION_CHARACTERS": "what is searched for an attribution line",
}
"""Limits without an exact bound that anybody sees."""


def test_each_limit_is_here() -> None:
    assert {name for name in vars(limits) if name.startswith("MAX_")} == {*BOUNDS, *NO_BOUND_OF_ACCEPTANCE}


@pytest.mark.parametrize(("name", "accepts"), BOUNDS.items(), ids=BOUNDS)
def test_bound(name: str, accepts: Callable[[int], bool]) -> None:
    bound = getattr(limits, name)
    assert accepts(bound)
    assert not accepts(bound + 1)
