"""Each limit of reading a message: exactly at the bound everything is read, one above it is not."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from email_channels.mail import limits
from email_channels.mail.charsets.guessing import guess_codec
from email_channels.mail.classification import classify
from email_channels.mail.classification.nonstandard_bounces import _rebuilt, recipients_without_report
from email_channels.mail.classification.returned_mail import original_message
from email_channels.mail.containers.rtf_compression import decompress_rtf
from email_channels.mail.containers.tnef import unpack_tnef
from email_channels.mail.html.cost import is_cheap_to_parse
from email_channels.mail.html.text import html_to_text
from email_channels.mail.message import InboundMessage
from email_channels.mail.office.calendar_answers import calendar_answer
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


def defects(count: int) -> bool:
    each = "".join(f"--b\nContent-Type: text/plain; charset=none-{n}\n\n\xfc\n" for n in range(count))
    return len(parse_message(f"{MULTIPART}{each}--b--\n".encode("latin-1")).defects) == count


def unwrapped(count: int) -> bool:
    each = "--b\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\neJ8+IgAA\n" * count
    return "too many containers: the rest was not unpacked" not in parsed(f"{MULTIPART}{each}--b--\n").defects


def tnef_attachments(count: int) -> bool:
    """Each file of the winmail.dat is begun, and gets a content of one byte."""
    file = struct.pack("<BII2x", 2, 0x00069002, 0) + struct.pack("<BIIc2x", 2, 0x0006800F, 1, b"x")
    return len(unpack_tnef(b"\x78\x9f\x3e\x22\0\0" + file * count).files) == count


def detection_bytes(count: int) -> bool:
    """A word of four letters is enough to guess, and one of three is not."""
    word = "Прив".encode("cp1251")
    return guess_codec(b" " * (count - len(word)) + word) == "cp1251"


def calendar_bytes(count: int) -> bool:
    """The last byte is that of the status."""
    head, end = (
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nX-FILLER:",
        "\nATTENDEE;PARTSTAT=DECLINED:mailto:kim@x.example",
    )
    content = head + "x" * (count - len(head) - len(end)) + end
    part = f"--b\nContent-Type: text/calendar; method=REPLY\nContent-Disposition: attachment\n\n{content}\n--b--\n"
    answer = calendar_answer(parsed(MULTIPART + part).attachments)
    return answer is not None and answer.address == "kim@x.example"


def bounce_text(count: int) -> bool:
    """The last character is that of the address."""
    address = "\nkim@x.example"
    lines = "no address on this line\n" * (count // 24 + 1)
    message = parsed(f"{FROM}\n{lines[: count - len(address)]}{address}")
    return [one.address for one in recipients_without_report(message, set())] == [address.strip()]


def returned_bounce_text(count: int) -> bool:
    """The Message-ID of the returned email is looked for at the end: here its line is as far away as that allows."""
    line = "Message-ID: <sent@x.example>\n"
    message = parsed(f"{FROM}\n{line}{'x' * (count - len(line) - 1)}\n")
    return original_message(message)[0] == "sent@x.example"


def bounce_line(count: int) -> bool:
    payload = str(_rebuilt(parsed(FROM), "x" * count).get_payload())
    return len(payload) == count


def bounce_lines(count: int) -> bool:
    payload = str(_rebuilt(parsed(FROM), "\n".join(["x"] * count)).get_payload())
    return payload.count("x") == count


def attribution_characters(count: int) -> bool:
    """The lines above the attribution end like one, and are none."""
    attribution = "On Mon, 23 Nov 2026 at 10:00, Kim Lee <kim@x.example> wrote:"
    lines, rest = divmod(count - len(attribution), 100)
    above = ["x" * 99 + ":"] * (lines - 1) + ["x" * (99 + rest) + ":"]
    return visible_reply("\n\n\n\n".join([*above, f"{attribution}\n\nHello\n"])).quoted != ""


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
    "MAX_DEFECTS": defects,
    "MAX_UNWRAPPED": unwrapped,
    "MAX_TNEF_ATTACHMENTS": tnef_attachments,
    "MAX_DETECTION_BYTES": detection_bytes,
    "MAX_CALENDAR_BYTES": calendar_bytes,
    "MAX_BOUNCE_TEXT": bounce_text,
    "MAX_BOUNCE_LINE": bounce_line,
    "MAX_BOUNCE_LINES": bounce_lines,
    "MAX_ATTRIBUTION_CHARACTERS": attribution_characters,
}


def test_each_limit_is_here() -> None:
    assert {name for name in vars(limits) if name.startswith("MAX_")} == {*BOUNDS}


@pytest.mark.parametrize(("name", "accepts"), BOUNDS.items(), ids=BOUNDS)
def test_bound(name: str, accepts: Callable[[int], bool]) -> None:
    bound = getattr(limits, name)
    assert accepts(bound)
    assert not accepts(bound + 1)


def test_returned_text() -> None:
    """The same bound from the end."""
    assert returned_bounce_text(limits.MAX_BOUNCE_TEXT)
    assert not returned_bounce_text(limits.MAX_BOUNCE_TEXT + 1)
