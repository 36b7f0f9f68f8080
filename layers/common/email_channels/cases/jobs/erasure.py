"""What a job of the kind `erasure` is asked for: a person, what is theirs, and who asked; or the rest of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from email_channels.addresses import normalise
from email_channels.cases.audit.records import Act
from email_channels.cases.case import participant_keys
from email_channels.cases.history import Direction, StoredEmail
from email_channels.expressions import expression
from email_channels.mail.message import Address
from email_channels.times import from_text, to_text
from email_channels.values import dataclass

ERASE, ANONYMISE = "erase", "anonymise"

_FIRST_BRACKETS = expression(r"\[([^\[\]\r\n]{0,200})\]")
# The four lines are at the top of an email, at most below a banner.
_SEARCHED = 4_000


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is erased: the user id, and the normalised addresses that the directory had for them."""

    user_id: str
    addresses: frozenset[str]

    @property
    def participants(self) -> frozenset[bytes]:
        """What cases keep of these addresses."""
        return participant_keys(self.addresses)

    def wrote(self, email: StoredEmail) -> bool:
        """Whether an email is theirs: an inbound one that they wrote, or an outbound one that only they got."""
        if email.direction is Direction.INBOUND:
            return self._has_any([*([email.from_] if email.from_ else []), *email.reply_to])
        to = [*email.to, *email.cc, *email.bcc]
        return bool(to) and all(normalise(one.address) in self.addresses for one in to)

    def is_named_in(self, text: str) -> bool:
        """Whether the first value in brackets is their user id: a form that stands for them."""
        found = _FIRST_BRACKETS.search(text[:_SEARCHED])
        return found is not None and found[1].strip() == self.user_id

    def _has_any(self, addresses: Iterable[Address]) -> bool:
        return any(normalise(one.address) in self.addresses for one in addresses)


def erasure_request(person: Person, cases: str, act: Act, target: str) -> dict[str, Any]:
    """The request of a job that erases a person. `cases` is ERASE or ANONYMISE, `target` the `person_target`."""
    return {
        "user_id": person.user_id,
        "addresses": sorted(person.addresses),
        "cases": cases,
        "act": {name: to_text(value) if isinstance(value, datetime) else value for name, value in asdict(act).items()},
        "target": target,
    }


def case_erasure(case_id: str) -> dict[str, Any]:
    """The request of a job that deletes what is left of a case. Its audit record is written already."""
    return {"case": case_id}


def case_of_erasure(request: Mapping[str, Any]) -> str | None:
    """The case that a request is about; None if it is about a person."""
    return request.get("case")


def person_of(request: Mapping[str, Any]) -> Person:
    """The person whom a request is about."""
    return Person(request["user_id"], frozenset(request["addresses"]))


def act_of(request: Mapping[str, Any]) -> Act:
    """The act of the person who asked for it."""
    act = request["act"]
    return Act(act["id"], from_text(act["at"]), act["actor"], from_text(act["kept_until"]))
