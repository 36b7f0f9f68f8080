"""A flood of emails through SMTP while the workers that take them in are killed: what should become of each, and did.

Every email carries a word of its own in its subject, by which its outcomes are counted in the end: a case, an entry of
the case that it answers, or an unprocessed email; one for each, whatever was killed meanwhile.
"""

from __future__ import annotations

import math
import random
import signal
import subprocess
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import islice
from os import kill
from typing import Any

import httpx

from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import as_sent, bounce_of, message_id
from tests.support.system.system_client import ANSWERS, PAYROLL, Person, Sent, SystemClient
from tools.redrive import Report, redrive_emails

_SENDERS = 3
# So many wait in the queue at most, and more emails only when they have become fewer: a flood, but one that moves.
_MOST_WAITING = 400
_LOOK_SECONDS = 5.0
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
    """An email to send. `expected` is what becomes of it: `case`, `unprocessed`, or the id of the case it answers."""

    token: str
    raw: bytes
    sender: str
    recipient: str
    expected: str


@dataclass
class Figures:
    """What happened. Memory in MB: all processes of the system together, at most; `oldest` in seconds, at most."""

    sent: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    oldest: float = 0.0
    memory: float = 0.0
    redriven: int = 0
    expected: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Correspondence:
    """Employees, cases and agents' emails that are there before the flood, and the flood itself, from a seed."""

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
        """So many different emails; every twentieth comes twice."""
        kinds: list[tuple[int, Callable[[str], Mail]]] = [
            (45, self._question),
            (5, self._with_attachment),
            (10, self._by_subject_tag),
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

    def _by_subject_tag(self, token: str) -> Mail:
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


class Soak:
    """One run."""

    def __init__(
        self,
        system: SystemClient,
        correspondence: Correspondence,
        *,
        kill_every: float,
        say: Callable[[str], None],
        most_seconds: float = math.inf,
    ) -> None:
        """`kill_every` is the mean of the seconds between two kills; `say` gets a line of progress now and then; after
        `most_seconds` nothing more is sent."""
        self._most_seconds = most_seconds
        self._system = system
        self._process = system.process_id
        self._correspondence = correspondence
        self._kill_every = kill_every
        self._say = say
        self._figures = Figures()
        self._sqs = system.client("sqs")
        self._accepted: deque[float] = deque()
        self._over = threading.Event()
        self._trouble: list[BaseException] = []
        self._lock = threading.Lock()
        self._expected: dict[str, str] = {}
        self._total = 0

    def run(self, number: int) -> Figures:
        """Sends so many emails, waits until everything has come to rest, and counts."""
        begun = time.monotonic()
        self._total = number
        mails = self._correspondence.mails(number)
        senders = [threading.Thread(target=self._guarded, args=(self._send, mails)) for _ in range(_SENDERS)]
        others = [threading.Thread(target=self._guarded, args=(work,)) for work in (self._kill, self._watch)]
        for thread in [*senders, *others]:
            thread.start()
        for thread in senders:
            thread.join()
        self._until_empty()
        self._over.set()
        for thread in others:
            thread.join()
        if self._trouble:
            raise self._trouble[0]
        self._come_to_rest()
        self._figures.seconds = time.monotonic() - begun
        self._count()
        return self._figures

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except BaseException as error:  # noqa: BLE001 - raised again where the run is waited for
            self._trouble.append(error)
            self._over.set()

    def _send(self, mails: Iterator[Mail]) -> None:
        enough = time.monotonic() + self._most_seconds
        while not self._over.is_set() and time.monotonic() < enough:
            with self._lock:
                batch = list(islice(mails, 20))
            if not batch:
                return
            self._wait_for_room()
            with self._system.connect() as client:
                for mail in batch:
                    client.sendmail(mail.sender, [mail.recipient], mail.raw, mail_options=["BODY=8BITMIME"])
                    self._note(mail)

    def _note(self, mail: Mail) -> None:
        with self._lock:
            self._accepted.append(time.monotonic())
            if mail.token in self._expected:
                self._figures.duplicates += 1
            else:
                self._expected[mail.token] = mail.expected
                self._figures.sent += 1

    def _wait_for_room(self) -> None:
        while not self._over.is_set() and self._waiting() > _MOST_WAITING:
            time.sleep(0.2)

    def _waiting(self) -> int:
        return sum(self._lengths(self._system.aws["queue_url"]))

    def _lengths(self, url: str) -> tuple[int, int]:
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
        return int(attributes[names[0]]), int(attributes[names[1]])

    def _until_empty(self) -> None:
        while not self._over.is_set() and self._waiting():
            time.sleep(0.5)

    def _kill(self) -> None:
        """Kills one worker after the other, whatever it is doing."""
        chance = random.Random()
        while not self._over.wait(chance.expovariate(1 / self._kill_every)):
            workers = [each for each in processes(self._process) if each.parent == self._process and each.function]
            if workers:
                victim = chance.choice(workers)
                with suppress(ProcessLookupError):
                    kill(victim.pid, signal.SIGKILL)
                self._figures.kills[victim.function] += 1

    def _watch(self) -> None:
        begun = time.monotonic()
        while not self._over.wait(_LOOK_SECONDS):
            waiting = self._waiting()
            with self._lock:
                # Emails are taken in about in order: those that wait are the last that were accepted.
                while len(self._accepted) > max(waiting, 1):
                    self._accepted.popleft()
                oldest = time.monotonic() - self._accepted[0] if waiting and self._accepted else 0.0
            memory = sum(each.megabytes for each in processes(self._process))
            figures = self._figures
            figures.waiting = max(figures.waiting, waiting)
            figures.oldest = max(figures.oldest, oldest)
            figures.memory = max(figures.memory, memory)
            seconds = time.monotonic() - begun
            done = max(0, figures.sent + figures.duplicates - waiting)
            self._say(
                f"{figures.sent}/{self._total} sent, {done / seconds:.0f}/s, {waiting} waiting, the oldest for "
                f"{oldest:.0f} s, {sum(figures.kills.values())} workers killed, {memory:.0f} MB"
            )
            self._reconcile(datetime.now(UTC), unharmed=False)

    def _reconcile(self, at: datetime, *, unharmed: bool) -> None:
        """As the schedule does; while workers are killed it may fail, as it may there."""
        time_ = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        with suppress(*(() if unharmed else (httpx.HTTPError,))):
            answer = self._system.http.post("/local/schedule/reconcile", json={"time": time_}, timeout=900)
            if unharmed and answer.status_code != 200:
                raise AssertionError(f"reconcile failed: {answer.text}")

    def _come_to_rest(self) -> None:
        """Sends back what the kills have left in the dead-letter queue, and waits for all that follows."""
        dead = self._system.aws["dead_letter_queue_url"]
        while True:
            self._settle()
            if not sum(self._lengths(dead)):
                break
            report = Report()
            redrive_emails(self._sqs, dead, self._system.aws["queue_url"], report)
            self._figures.redriven += report.done.get("inbound", 0)
        # Twice: what the first finds to be late is sent, and what that brings about is done.
        for hours in (1, 2):
            self._reconcile(datetime.now(UTC) + timedelta(hours=hours), unharmed=True)
            self._settle()

    def _settle(self) -> None:
        deadline = time.monotonic() + 600
        while not self._system.http.post("/local/settle", timeout=60).json()["settled"]:
            if time.monotonic() > deadline:
                raise AssertionError("the system does not come to rest")
            self._say("waiting until everything has come to rest")

    def _count(self) -> None:
        self._say("counting")
        admin, expected = self._system.admin, self._expected
        self._figures.expected = Counter(
            what if what in {"case", "unprocessed"} else "entry" for what in expected.values()
        )
        found: dict[str, list[str]] = {token: [] for token in expected}

        def note(subject: str, what: str) -> None:
            for word in subject.split():
                if word in found:
                    found[word].append(what)

        for case in admin.items("/cases"):
            note(case["subject"], "case")
        for item in admin.items("/unprocessed"):
            note(item["subject"], "unprocessed")
            if item["notified_at"] is None:
                self._figures.wrong.append(f"{item['id']}: nobody was notified")
        for case_id in self._correspondence.cases:
            for entry in admin.items(f"/cases/{case_id}/emails"):
                note(entry["subject"], case_id)
        for token, what in expected.items():
            if found[token] != [what]:
                self._figures.wrong.append(f"{token}: expected {what}, found {found[token] or 'nothing'}")


@dataclass(frozen=True)
class Process:
    """A process of the system; `function` is what a worker works for, else empty."""

    pid: int
    parent: int
    megabytes: float
    function: str


def processes(root: int) -> list[Process]:
    """The process with that id and its children."""
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True).stdout
    found = []
    for line in listed.splitlines():
        pid, parent, kilobytes, arguments = line.split(None, 3)
        if root in {int(pid), int(parent)}:
            found.append(Process(int(pid), int(parent), int(kilobytes) / 1024, _function(arguments)))
    return found


def _function(arguments: str) -> str:
    _, mark, rest = arguments.partition("-m local.lambda_.worker")
    if not mark:
        return ""
    _, _, named = rest.partition('"function": "')
    return named.partition('"')[0] or "worker"
