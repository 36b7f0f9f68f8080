"""A client of the running system, by SMTP and the HTTP API. It does not depend on how the system is built."""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx
from email_channels.aws.rows import keys

from tests.support.paths import ROOT
from tests.support.system.http_api import User, answer
from tests.support.system.mail import LENIENT, PRIVATE, address_in, as_sent, unique_id, word

READY_SECONDS = 180

PAYROLL = "payroll@in.acme-cases.example"
BENEFITS = "benefits@in.acme-cases.example"
ANSWERS = "answers@in.acme-cases.example"
NOTIFICATIONS = "cases@acme-cases.example"
SERVICE = "service@acme-cases.example"
REPLY_TO = "answers@acme.example"
FORMS = "forms@forms.acme.example"
ADMINS = ["admin@acme.example", "second-admin@acme.example"]


@dataclass(frozen=True)
class Person:
    """An employee that no other test uses."""

    user_id: str
    name: str
    address: str

    @property
    def mailbox(self) -> str:
        """Name and address as in a From line."""
        return f'"{self.name}" <{self.address}>'


@dataclass(frozen=True)
class Sent:
    """An email in the outbox: its recipients, and the message as a recipient got it."""

    id: str
    sender: str
    to: list[str]
    cc: list[str]
    bcc: list[str]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=LENIENT)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert isinstance(body, EmailMessage)
        return str(body.get_content())

    @property
    def everybody(self) -> list[str]:
        return [*self.to, *self.cc, *self.bcc]


class SystemClient:
    """The running system."""

    def __init__(
        self, http: httpx.Client, smtp_port: int, smtps_port: int, ca_file: Path, log_file: Path, process_id: int
    ) -> None:
        self.process_id = process_id
        self.http = http
        self.smtp_port = smtp_port
        self.smtps_port = smtps_port
        self.ca_file = ca_file
        self._log_file = log_file

    # Users of the API.

    @cached_property
    def agent(self) -> User:
        return self.user("agent")

    @cached_property
    def other_agent(self) -> User:
        return self.user("other-agent")

    @cached_property
    def admin(self) -> User:
        return self.user("admin")

    @cached_property
    def nobody(self) -> User:
        return self.user("nobody")

    @cached_property
    def anonymous(self) -> User:
        return User(self.http, None)

    def user(self, name: str) -> User:
        answered = answer(self.http.post("/local/token", json={"user": name}))
        return User(self.http, answered["access_token"])

    def employ(self, name: str = "Robin", *, population: str | None = None, blocked: bool = False) -> Person:
        """Adds an employee, with a random word in name and address."""
        own, initial = word(), name[0].lower()
        person = Person(unique_id(), f"{name} {own.capitalize()}", f"{initial}.{own}@acme.example")
        body = {"name": person.name, "emails": [person.address], "population": population, "blocked": blocked}
        self.admin.put(f"/employees/{person.user_id}", body)
        return person

    # Mail in.

    @cached_property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))

    def connect(self) -> smtplib.SMTP:
        """An SMTP session with STARTTLS done."""
        client = smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30)
        client.starttls(context=self.tls)
        client.ehlo()
        return client

    def send(
        self,
        message: EmailMessage | bytes,
        to: str | Sequence[str] = PAYROLL,
        envelope_sender: str | None = None,
        settle: bool = True,
    ) -> bytes:
        """Sends over SMTP with STARTTLS, as a mail server would, and waits until everything that follows is done.

        The envelope sender is the From address if none is given. Returns the bytes as they were sent.
        """
        raw = as_sent(message)
        sender = address_in(raw) if envelope_sender is None else envelope_sender
        with self.connect() as client:
            assert client.sendmail(sender, to, raw, mail_options=["BODY=8BITMIME"]) == {}
        if settle:
            self.settle()
        return raw

    def settle(self, times: int = 1) -> None:
        """Waits until no event is under way. The local stack waits 30 seconds at most; `times` asks it more often."""
        answers = (answer(self.http.post("/local/settle")) for _ in range(times))
        assert {"settled": True} in answers

    def fire(self, function: str, at: datetime) -> Any:
        """Runs a schedule as if at this time."""
        time = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        fired = answer(self.http.post(f"/local/schedule/{function}", json={"time": time}))
        self.settle()
        return fired

    @contextmanager
    def disturbed_events(self) -> Iterator[None]:
        """Within the block, the events of SES arrive twice and in reverse order."""
        answer(self.http.post("/local/events", json={"doubled": True, "reversed": True}))
        try:
            yield
        finally:
            answer(self.http.post("/local/events", json={"doubled": False, "reversed": False}))

    # Mail out.

    def outbox_ids(self) -> list[str]:
        return [item["id"] for item in answer(self.http.get("/local/outbox"))["items"]]

    @contextmanager
    def sending(self) -> Iterator[list[Sent]]:
        """A list that gets, when the block ends, the emails that the system sent within the block."""
        before = set(self.outbox_ids())
        sent: list[Sent] = []
        yield sent
        self.settle()
        for item in answer(self.http.get("/local/outbox"))["items"]:
            if item["id"] not in before:
                raw = self.http.get(f"/local/outbox/{item['id']}")
                assert raw.headers["content-type"].startswith("message/rfc822")
                sent.append(Sent(item["id"], item["from"], item["to"], item["cc"], item["bcc"], raw.content))

    # The outcome.

    def newest(self, path: str) -> list[Any]:
        """The first page of a list. It has the newest items, which include those of the current test."""
        items: list[Any] = self.admin.get(path)["items"]
        return items

    def cases_with(self, subject: str) -> list[Any]:
        return [case for case in self.newest("/cases") if case["subject"] == subject]

    def case_with(self, subject: str) -> Any:
        """The only case with this subject, complete, as an agent gets it."""
        found = self.cases_with(subject)
        assert len(found) == 1, f"{len(found)} cases with subject {subject!r}; {self._instead(subject)}"
        return self.admin.get(f"/cases/{found[0]['case_id']}")

    def all_unprocessed_with(self, subject: str) -> list[Any]:
        return [item for item in self.newest("/unprocessed") if item["subject"] == subject]

    def unprocessed_with(self, subject: str) -> Any:
        """The only unprocessed email with this subject, complete."""
        found = self.all_unprocessed_with(subject)
        assert len(found) == 1, f"{len(found)} unprocessed emails with subject {subject!r}"
        return self.admin.get(f"/unprocessed/{found[0]['id']}")

    def history(self, case_id: str) -> list[Any]:
        return self.admin.items(f"/cases/{case_id}/emails")

    def entry(self, case_id: str, email_id: str) -> Any:
        return self.admin.get(f"/cases/{case_id}/emails/{email_id}")

    def original(self, case_id: str, email_id: str) -> bytes:
        return self.download(self.admin.get(f"/cases/{case_id}/emails/{email_id}/original"))

    def download(self, link: Any) -> bytes:
        assert datetime.fromisoformat(link["expires_at"]) > datetime.now(UTC)
        response = httpx.get(link["url"], timeout=30, trust_env=False)
        assert response.status_code == 200, response.text
        return response.content

    # Behind the API, through GET /local/aws.

    @cached_property
    def aws(self) -> dict[str, str]:
        named: dict[str, str] = answer(self.http.get("/local/aws"))
        return named

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]  # any of them
            endpoint_url=self.aws["endpoint_url"],
            region_name=self.aws["region"],
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )

    def keys(self, prefix: str = "") -> set[str]:
        """The keys of all objects in the bucket under this prefix."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.aws["bucket"], Prefix=prefix)
        return {entry["Key"] for page in pages for entry in page.get("Contents", [])}

    def forget_storms(self) -> None:
        """Forgets how many notifications were asked for: unprocessed emails of other tests begin no storm."""
        pk, _ = keys.notification_minute("")
        table, dynamodb = self.aws["table"], self.client("dynamodb")
        found = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ProjectionExpression="pk, sk",
        )
        for key in found["Items"]:
            dynamodb.delete_item(TableName=table, Key=key)

    def log(self) -> str:
        """What the system has logged so far."""
        return self._log_file.read_text("utf-8", "replace")

    def _instead(self, subject: str) -> str:
        found = self.all_unprocessed_with(subject)
        return f"unprocessed: {[(item['reason'], item['explanation']) for item in found]}"


RUNNING: list[SystemClient] = []
"""The systems that this process has started."""


@contextmanager
def system(*arguments: str, **parameters: str) -> Iterator[SystemClient]:
    """The local stack without samples, with these template parameters, as a process of its own.

    At the end, its log must not contain private data of the tests.
    """
    command = [sys.executable, "-m", "local", "--json", "--no-samples", "--strict"]
    command += ["--smtp-port", "0", "--smtps-port", "0", "--http-port", "0", *arguments]
    for name, value in parameters.items():
        command += ["--param", f"{name}={value}"]
    with tempfile.TemporaryDirectory() as folder:
        log_file = Path(folder) / "log.txt"
        with (
            log_file.open("wb") as log,
            subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=log) as process,
        ):
            try:
                yield from _running(process, log_file)
            finally:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
        assert leaks(log_file.read_text("utf-8", "replace")) == []


def leaks(log: str) -> list[str]:
    """The lines of a log that contain private data."""
    private = {each.lower() for each in PRIVATE}
    return [line for line in log.splitlines() if any(each in line.lower() for each in private)]


def _running(process: subprocess.Popen[bytes], log_file: Path) -> Iterator[SystemClient]:
    assert process.stdout is not None
    too_late = threading.Timer(READY_SECONDS, process.kill)
    too_late.start()
    line = process.stdout.readline()
    too_late.cancel()
    assert line, f"the system did not start:\n{log_file.read_text('utf-8', 'replace')[-3000:]}"
    ready = json.loads(line)
    with httpx.Client(base_url=f"http://127.0.0.1:{ready['http_port']}", timeout=60, trust_env=False) as http:
        client = SystemClient(
            http, ready["smtp_port"], ready["smtps_port"], Path(ready["ca_file"]), log_file, process.pid
        )
        RUNNING.append(client)
        try:
            yield client
        finally:
            RUNNING.remove(client)
