"""The emails of a soak, each with its expected outcome: answers of all kinds, forms, bounces, and new questions."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import as_sent, bounce_of, message_id
from tests.support.system.system_client import ANSWERS, PAYROLL, Person, Sent, SystemClient

_WORDS = [
    "leave",
    "pay",
    "slip",
    "bonus",
    "form",
    "address",
    "bank",
    "pension",
    "travel",
    "claim",
    "hours",
    "shift",
    "desk",
    "contract",
    "child",
    "health",
]


@dataclass(frozen=True)
class Mail:
    """An email to send. `expected` is its outcome: `case`, `unprocessed`, or the id of the case that it answers."""

    token: str
    raw: bytes
    sender: str
    recipient: str
    expected: str


class Correspondence:
    """Employees, cases and agents' emails that exist before the flood, and the emails of the flood, drawn by a seed."""

    def __init__(self, system: SystemClient, seed: str, employees: int = 40, letters: int = 12) -> None:
        self._seed = seed
        self._employees = [system.employ() for _ in range(employees)]
        self._letters: list[tuple[str, Person, Sent]] = []
        for person in self._employees[:letters]:
            case = open_case(system, person)
            self._letters.append((case["case_id"], person, write_email(system, case, [person.mailbox])))
        self._random = random.Random(seed)

    @property
    def cases(self) -> list[str]:
        """The cases that are answered."""
        return [case for case, _, _ in self._letters]

    def mails(self, number: int) -> Iterator[Mail]:
        """This number of different emails; every twentieth is sent twice."""
        kinds: list[tuple[int, Callable[[str], Mail]]] = [
            (45, self._question),
            (5, self._with_attachment),
            (10, self._by_case_reference),
            (10, self._by_plus_tag),
            (10, self._by_reference),
            (9, self._from_a_stranger),
            (5, self._automatic),
            (6, self._bounce),
        ]
        weights = [weight for weight, _ in kinds]
        for n in range(number):
            (_, make), *_ = self._random.choices(kinds, weights)
            mail = make(f"soak{self._seed}x{n:06}")
            yield mail
            if n % 20 == 7:
                yield mail

    def _question(self, token: str) -> Mail:
        person = self._random.choice(self._employees)
        return _mail(token, "case", PAYROLL, self._message(person.mailbox, token))

    def _with_attachment(self, token: str) -> Mail:
        person = self._random.choice(self._employees)
        message = self._message(person.mailbox, token)
        message.add_attachment(
            self._random.randbytes(20_000), maintype="application", subtype="pdf", filename=f"{token}.pdf"
        )
        return _mail(token, "case", PAYROLL, message)

    def _by_case_reference(self, token: str) -> Mail:
        case, person, letter = self._random.choice(self._letters)
        return _mail(token, case, ANSWERS, self._message(person.mailbox, f"Re: {letter.subject} {token}"))

    def _by_plus_tag(self, token: str) -> Mail:
        case, person, letter = self._random.choice(self._letters)
        local = letter.message["Reply-To"].addresses[0].username
        return _mail(token, case, f"{local}@in.acme-cases.example", self._message(person.mailbox, token))

    def _by_reference(self, token: str) -> Mail:
        case, person, letter = self._random.choice(self._letters)
        message = self._message(person.mailbox, token)
        message["In-Reply-To"] = message_id(letter.message)
        return _mail(token, case, ANSWERS, message)

    def _from_a_stranger(self, token: str) -> Mail:
        return _mail(token, "unprocessed", PAYROLL, self._message(f"Pat <{token}@elsewhere.example>", token))

    def _automatic(self, token: str) -> Mail:
        person = self._random.choice(self._employees)
        message = self._message(person.mailbox, token)
        message["Auto-Submitted"] = "auto-replied"
        return _mail(token, "unprocessed", PAYROLL, message)

    def _bounce(self, token: str) -> Mail:
        case, person, letter = self._random.choice(self._letters)
        raw = bounce_of(letter.message, person.address).replace(
            b"Subject: Undelivered Mail", f"Subject: {token} Undelivered Mail".encode(), 1
        )
        return Mail(token, raw, "", ANSWERS, case)

    def _message(self, from_: str, subject: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = from_
        message["To"] = "payroll@acme.example"
        message["Subject"] = subject
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = f"<{self._random.randbytes(12).hex()}@mail.acme.example>"
        words = self._random.choices(_WORDS, k=self._random.randrange(30, 300))
        message.set_content("\n".join(" ".join(words[at : at + 10]) for at in range(0, len(words), 10)) + "\n")
        return message


def _mail(token: str, expected: str, recipient: str, message: EmailMessage) -> Mail:
    return Mail(token, as_sent(message), message["From"].addresses[0].addr_spec, recipient, expected)
