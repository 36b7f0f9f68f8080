"""A case with an accent in its subject and a Cc, among many others: who finds it by what."""

from __future__ import annotations

from typing import Any

from tests.support.system.mail import email, unique_id, word
from tests.support.system.system_client import Person, SystemClient


class Needle:
    """A case that an email made. `terms` are searches that find it and no other case."""

    def __init__(self, system: SystemClient) -> None:
        own, family, partner = word(), word(), word()
        self.person = Person(unique_id(), f"Łucja {family.capitalize()}", f"l.{family}@acme.example")
        self.copied = f"zoe.{partner}@{partner}.example"
        self.subject = f"Überstunden {own} on my payslip"
        body = {"name": self.person.name, "emails": [self.person.address]}
        system.admin.put(f"/employees/{self.person.user_id}", body)
        message = email(self.person.mailbox, self.subject, Cc=f"Zoë Kraft <{self.copied}>")
        system.send(message)
        self.case: Any = system.case_with(self.subject)
        number = self.case["number"]
        self.terms = (
            *("über", "UBERSTUNDEN", own[:6], f"payslip {own}", "łucja", "lucja uber", family.upper()),
            *(self.person.address, self.copied, self.copied.upper(), self.copied[:-4], "zoë kra", partner),
            *(number, f"#{number}", self.case["case_id"].lower()),
        )


def found_by(system: SystemClient, q: str, user: str = "agent", **filters: object) -> list[str]:
    """The ids of the cases that a search finds, over all pages."""
    return [case["case_id"] for case in system.user(user).items("/cases", q=q, **filters)]
