"""What a simulation shows at its end: through the API, in the bucket, in the table, and as emails that SES accepted."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from email_channels.aws.rows import keys
from email_channels.aws.rows.compression import unpack_email
from email_channels.aws.rows.email_rows import EmailRow
from email_channels.cases.identity import identify
from email_channels.cases.probes.mark import PROBE_HEADER, read_probe_mark
from email_channels.mail.ses_headers import read_ses_headers

from tests.support.reliability.simulation import Simulation
from tests.support.stored_items.kinds import kind

ID_LENGTH = 10
_LINE = re.compile(r"^- (\S+): silent since", re.MULTILINE)

_ORIGINAL: Final = EmailRow.raw_key.attr_name


class EndView:
    """All that the API shows to an admin, with the items and the objects, read once."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.cases = list(_pages(simulation, "/cases"))
        self.emails = [
            (case["case_id"], one)
            for case in self.cases
            for one in _pages(simulation, f"/cases/{case['case_id']}/emails")
        ]
        self.unprocessed = list(_pages(simulation, "/unprocessed"))
        self.proofs = list(_pages(simulation, "/purges"))
        self.jobs = list(_pages(simulation, "/jobs"))
        self.employees = list(_pages(simulation, "/employees"))
        self.purged = [row["id"] for proof in self.proofs for row in proof["items"]]
        self.items = simulation.storage.items()
        self.objects = simulation.storage.objects()
        self.erased = {keys.record_id_of(item["pk"]["S"]) for item in self.items if _is_erased(item)}
        self.arrived: dict[str, list[str]] = {}
        for key, raw in simulation.arrived.items():
            ses_headers, start = read_ses_headers(raw)
            self.arrived.setdefault(identify(raw[start:], ses_headers.recipient, key).record_id(), []).append(key)


def notifications(simulation: Simulation, record_id: str) -> list[datetime]:
    """The times at which SES accepted notifications of an email, alone or in a digest."""
    return [
        one.at
        for one in simulation.sent
        if one.kind == "notification"
        and (one.tags["record"] == record_id or (one.tags["record"] == "digest" and record_id in _text(one.raw)))
    ]


def _text(raw: bytes) -> str:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def came_back(seen: EndView, record_id: str) -> bool:
    """Whether the email is one of our notifications that came back. Nobody is notified of such an email."""
    arrived = seen.arrived.get(record_id, ())
    return any(b"X-Email-Channels" in seen.simulation.arrived[key] for key in arrived)


def returned_probes(seen: EndView) -> list[str]:
    """The ids of the test emails that came back, for which that is noted, and whose originals are deleted after a
    day."""
    rows = {item["sk"]["S"]: item for item in seen.items if kind(item) == "probe"}
    found = []
    for record_id, originals in seen.arrived.items():
        raw = seen.simulation.arrived[originals[0]]
        mark = read_probe_mark([_header(raw, PROBE_HEADER)], lambda _: True)
        if mark is None or mark.mailbox_key not in rows:
            continue
        returned = int(rows[mark.mailbox_key].get("returned", {"N": "0"})["N"])
        kept = seen.objects.keys() & set(originals)
        tagged = all(seen.simulation.storage.tags(key).get("retention") == "duplicate" for key in kept)
        if tagged and returned >= round(mark.sent_at.timestamp() * 1000):
            found.append(record_id)
    return found


def probe_notices(simulation: Simulation) -> tuple[set[str], set[str]]:
    """The mailboxes that admins were told are silent, and those that they were told are back."""
    told: dict[str, set[str]] = {"No email comes back from": set(), "Emails come back again from": set()}
    for one in simulation.sent:
        for beginning, mailboxes in told.items():
            if one.kind == "probe" and _header(one.raw, "Subject").startswith(beginning):
                mailboxes |= set(_LINE.findall(_text(one.raw)))
    silent, back = told.values()
    return silent, back


def _header(raw: bytes, name: str) -> str:
    return str(email.message_from_bytes(raw, policy=email.policy.default)[name] or "")


def is_of_an_entry(item: Mapping[str, Any]) -> bool:
    """Whether the item belongs to a sent email (by the id that SES gave it) that is an entry."""
    return kind(item) == "sent" and "email_id" in item


def _is_erased(item: Mapping[str, Any]) -> bool:
    """Whether an item is a tombstone, or a case that stays without its first email, which was erased."""
    return kind(item) == "tombstone" or (says_erased(item) and "email_id" not in item)


def says_erased(item: Mapping[str, Any]) -> bool:
    """Whether an item is a case whose subject says that its first email was erased."""
    return kind(item) == "case" and item["subject"]["S"] == "(erased)"


def keys_in(item: Mapping[str, Any]) -> set[str]:
    """The keys of the objects that an item names."""
    summary = unpack_email(item["email"]["B"])[0] if "email" in item else {}
    found = {item["content_key"]["S"]} if "content_key" in item else set()
    found |= {EmailRow.raw_key.deserialize(item[_ORIGINAL]["S"])} if _ORIGINAL in item else set()
    found |= {summary["raw_key"]} if "raw_key" in summary else set()
    found |= {attachment[7] for attachment in summary.get("attachments", ())}
    return found


def originals_of_processed(seen: EndView) -> set[str]:
    kinds = {"case", "entry"}
    return {key for item in seen.items if kind(item) in kinds for key in keys_in(item) if key.startswith("raw/")}


def _pages(simulation: Simulation, path: str) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = simulation.get(f"{path}?limit=100" + (f"&cursor={cursor}" if cursor else ""))
        yield from page["items"]
        if (cursor := page["next_cursor"]) is None:
            return
