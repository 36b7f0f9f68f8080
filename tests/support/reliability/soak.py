"""A flood of emails through SMTP while the workers are killed. Each email must get its expected outcome.

The subject of each email has a unique word. At the end, the outcomes of each email are counted by this word. Each email
must have exactly one outcome: a case, an entry of the case that it answers, or an unprocessed email.
"""

from __future__ import annotations

import math
import random
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from os import kill
from typing import Any

import httpx

from tests.support.reliability.child_processes import processes
from tests.support.reliability.soak_emails import Correspondence, Mail
from tests.support.system.system_client import SystemClient
from tools.redrive import Report, redrive_messages

_SENDERS = 3
# The most emails that may wait in the queue. Above this, sending pauses until there are fewer.
_MOST_WAITING = 400
_LOOK_SECONDS = 5.0
# Its messages make reconcile look at each original once more. That of a lost original stays until it has its outcome.
_ARRIVALS_QUEUE = "email-channels-ArrivalsQueue"
_DEAD_ARRIVALS_QUEUE = "email-channels-ArrivalsDeadLetterQueue"


@dataclass
class Figures:
    """The figures of a run. Memory is the maximum of all processes together in MB, `oldest` the longest wait in
    seconds."""

    sent: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    oldest: float = 0.0
    memory: float = 0.0
    redriven: int = 0
    lost: int = 0
    redriven_arrivals: int = 0
    expected: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


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
        lose: float = 0.0,
    ) -> None:
        """`kill_every` is the mean time between two kills in seconds. `say` gets lines of progress. Nothing more is
        sent after `most_seconds`. `lose` is the share of the bucket's notifications that are lost."""
        self._lose = lose
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
        """Sends this number of emails, waits until nothing is pending, and counts the outcomes."""
        begun = time.monotonic()
        self._total = number
        self._lose_notifications(self._lose)
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
        self._figures.lost = self._lose_notifications(0.0)
        self._come_to_rest()
        self._figures.seconds = time.monotonic() - begun
        self._count()
        return self._figures

    def _lose_notifications(self, share: float) -> int:
        """Returns how many notifications were lost before."""
        answer = self._system.http.post("/local/notifications", json={"lose": share})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["lost"])

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

    def _lengths(self, url: str) -> list[int]:
        kinds = ("", "NotVisible", "Delayed")
        names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return [int(attributes[name]) for name in names]

    def _until_empty(self) -> None:
        while not self._over.is_set() and self._waiting():
            time.sleep(0.5)

    def _kill(self) -> None:
        """Kills one worker after another, at any moment."""
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
        """Runs `reconcile`, as its schedule does. It may fail while workers are killed."""
        time_ = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        with suppress(*(() if unharmed else (httpx.HTTPError,))):
            answer = self._system.http.post("/local/schedule/reconcile", json={"time": time_}, timeout=900)
            if unharmed and answer.status_code != 200:
                raise AssertionError(f"reconcile failed: {answer.text}")

    def _come_to_rest(self) -> None:
        """Redrives the dead-letter queue, which the kills may have filled, and waits until all is processed."""
        dead = self._system.aws["dead_letter_queue_url"]
        while True:
            self._wait_for_arrivals()
            self._settle()
            report = Report()
            # A flood lasts for longer than ten looks, because waits are shortened here, and work is not.
            dead_arrivals, arrivals = self._url(_DEAD_ARRIVALS_QUEUE), self._url(_ARRIVALS_QUEUE)
            redrive_messages(self._sqs, dead_arrivals, arrivals, "reconcile", report)
            self._figures.redriven_arrivals += report.done.get("reconcile", 0)
            if not sum(self._lengths(dead)) and not report.done:
                break
            redrive_messages(self._sqs, dead, self._system.aws["queue_url"], "inbound", report)
            self._figures.redriven += report.done.get("inbound", 0)
        # Twice: what the first finds to be late is sent, and what that brings about is done.
        for hours in (1, 2):
            self._reconcile(datetime.now(UTC) + timedelta(hours=hours), unharmed=True)
            self._settle()

    def _url(self, queue: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=queue)["QueueUrl"])

    def _wait_for_arrivals(self) -> None:
        """Waits until `reconcile` has checked every original, and has found an outcome for each."""
        url = self._url(_ARRIVALS_QUEUE)
        deadline = time.monotonic() + 600
        while (left := sum(self._lengths(url))) and time.monotonic() < deadline:
            self._say(f"{left} originals to be looked at by reconcile")
            time.sleep(_LOOK_SECONDS)

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
