"""What the test makes in the stack, for itself alone: it sees no other cases, and nobody is alerted of its own.

It has a service group without an address, which only admins see; a topic; an employee whose address is a mailbox of
SES's mailbox simulator; and a mailbox to which no mail server delivers. Its case is made by an original that it puts
into the bucket, as SES would. Everything has the id of the run in its name, and is taken back at the end.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from email_channels.aws.rows import keys

from tools.smoke.api import Api, ApiFailed, segment
from tools.smoke.cleanup import Cleanup
from tools.smoke.clients import Clients
from tools.smoke.findings import NotChecked
from tools.smoke.originals import new_name, original
from tools.smoke.stack import DeployedStack
from tools.smoke.waiting import Waiting

SIMULATOR = "simulator.amazonses.com"

_PREFIX = "smoke-"
_ID = re.compile(rf"{_PREFIX}([0-9a-f]{{8}})[0-9a-f]{{4}}")
"""The time when the run began, in seconds, and four more digits."""
_SECONDS_OF_INBOUND = 10.0
"""More than inbound needs for a small email, a cold start included."""


@dataclass(frozen=True)
class SyntheticCase:
    """The case, the entry of the original in its history, and the key and the bytes of the original."""

    case_id: str
    email_id: str
    key: str
    content: bytes


class NoCase(Exception):
    """The original did not become a case in time. `why` is what is known of it, `do` what to do."""

    def __init__(self, why: str, do: str) -> None:
        super().__init__(why)
        self.do = do


class Workplace:
    """Made when a check needs it, once for all checks. `id_` is that of an earlier run, to take its things back."""

    def __init__(
        self, clients: Clients, stack: DeployedStack, cleanup: Cleanup, waiting: Waiting, id_: str | None = None
    ) -> None:
        self.id = id_ or f"{_PREFIX}{int(time.time()):08x}{secrets.token_hex(2)}"
        self.api = Api(clients, stack, self.id)
        self._clients = clients
        self._stack = stack
        self._cleanup = cleanup
        self._waiting = waiting
        self._case: SyntheticCase | None = None
        self._tried = False

    @property
    def subject(self) -> str:
        return f"Smoke test {self.id}"

    def recipient(self, behaviour: str) -> str:
        """An address of the simulator that behaves in this way: success, bounce."""
        return f"{behaviour}+{self.id}@{SIMULATOR}"

    @property
    def case(self) -> SyntheticCase:
        """The case, made from an original. Raises NoCase, ApiFailed and what boto3 raises; then NotChecked."""
        if self._case is None:
            if self._tried:
                raise NotChecked("It needs the case that could not be made (see above).")
            self._tried = True
            self._prepare()
            self._case = self._make_case()
        return self._case

    def _make_case(self) -> SyntheticCase:
        if self._stack.enabled("CaseCreationEnabled"):
            return self._from_original(self._find_case, "case_creation", self._receiving_address, self.subject)
        body = {"user_id": self.id, "subject": self.subject, "issue": "A test", "topic": self.subject}
        made = self.api.request("POST", "/cases", body, accepted=(201,)).document
        self._cleanup.later(f"the case {made['number']}", lambda: self.erase(made["case_id"]))
        return self._from_original(
            lambda: self._find_entry(made["case_id"]),
            "ad_hoc",
            self._stack.listed("AdHocRecipients")[0],
            f"Re: {self.subject} [#{made['number']}]",
        )

    def take_back(self) -> None:
        """Notes everything that a run may have made, so that the cleanup takes it back."""
        for what, path, _ in self._things():
            self._later(what, path)
        self._cleanup.later("what became of the original", lambda: self._waiting.insist(self._erase_found))

    def left_behind(self) -> list[str]:
        """The ids of earlier runs that were killed: their service groups are still there an hour later."""
        groups = self.api.get("/service-groups", limit="200")["items"]
        return [group["id"] for group in groups if _age(group["id"]) > 3600]

    def erase(self, case_id: str) -> None:
        """Erases a case, if it is there."""
        self.api.delete(f"/cases/{case_id}")

    def versions(self, key: str) -> list[str]:
        """All versions of an object that are in the bucket."""
        found = self._clients.s3.list_object_versions(Bucket=self._stack.bucket, Prefix=key)
        return [each["VersionId"] for each in found.get("Versions", []) if each["Key"] == key]

    def delete_object(self, key: str) -> None:
        """Deletes an object with all its versions."""
        for version in self.versions(key):
            self._clients.s3.delete_object(Bucket=self._stack.bucket, Key=key, VersionId=version)

    @property
    def _receiving_address(self) -> str:
        return f"{self.id}@smoke-test.invalid"

    def _prepare(self) -> None:
        # Noted first, so that it is done last: every request of the API remembers who made it.
        self.forget_person_later()
        for what, path, body in self._things():
            self._later(what, path)
            self.api.put(path, body)

    def forget_person_later(self) -> None:
        """From the first request on, the API knows the test as a person."""
        self._cleanup.later("the test among the known people", self._forget_person)

    def _things(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """What is made in the configuration, each after what it needs: what it is, its path and its body."""
        yield "service group", f"/service-groups/{self.id}", {"name": self.subject, "address": None, "secured": True}
        yield "topic", f"/topics/{segment(self.subject)}", {"service_group": self.id, "by_population": {}}
        if self._stack.enabled("CaseCreationEnabled"):
            mailbox = {"receiving_address": self._receiving_address, "default_topic": self.subject}
            yield "mailbox", f"/mailboxes/{self._receiving_address}", mailbox
        employee = {"name": "Smoke test", "emails": [self.recipient("success")], "population": None, "blocked": False}
        yield "employee", f"/employees/{self.id}", employee

    def _later(self, what: str, path: str) -> None:
        self._cleanup.later(f"the {what} {self.id}", lambda: self._waiting.insist(lambda: self._take_away(path)))

    def _take_away(self, path: str) -> None:
        """Deletes what was made. While a case needs it, the API refuses that; the index of cases also lags behind."""
        try:
            self.api.delete(path)
        except ApiFailed:
            self._erase_found()
            raise

    def _from_original(
        self, found: Callable[[], tuple[str, str] | None], channel: str, recipient: str, subject: str
    ) -> SyntheticCase:
        name = new_name()
        key = f"raw/{channel}/{name}"
        content = original(
            name=name,
            region=self._stack.region,
            sender=self.recipient("success"),
            recipient=recipient,
            to=self._receiving_address,
            subject=subject,
            text="This email was made by a smoke test. It is erased when the test ends.\n",
            allowed=self._stack.listed("AllowedIpRanges"),
        )
        self._cleanup.later("what became of the original", self._erase_outcome)
        # Done before that: inbound makes no case of an original that is gone.
        self._cleanup.later(f"the original {key}", lambda: self.delete_object(key))
        self._clients.s3.put_object(Bucket=self._stack.bucket, Key=key, Body=content)
        case = self._waiting.until(found)
        if case is None:
            raise self._no_case(key)
        return SyntheticCase(case[0], case[1], key, content)

    def _find_case(self) -> tuple[str, str] | None:
        for case in self._cases():
            return self._find_entry(case["case_id"])
        return None

    def _find_entry(self, case_id: str) -> tuple[str, str] | None:
        for entry in self.api.get(f"/cases/{case_id}/emails")["items"]:
            if entry["direction"] == "inbound":
                return case_id, entry["email_id"]
        return None

    def _erase_outcome(self) -> None:
        if self._case is None:
            # The program was stopped. inbound may have read the original before it was deleted.
            patience = Waiting(min(self._waiting.seconds, _SECONDS_OF_INBOUND))
            patience.until(lambda: self._cases() or self._unprocessed() or None)
        self._waiting.insist(self._erase_found)

    def _erase_found(self) -> None:
        for case in self._cases():
            self.erase(case["case_id"])
        # Refused until the admins are notified, which takes some seconds.
        for email in self._unprocessed():
            self.api.delete(f"/unprocessed/{email['id']}")

    def _cases(self) -> list[Any]:
        """The cases in the test's own service group."""
        found: list[Any] = self.api.get("/cases", service_group=self.id)["items"]
        return found

    def _unprocessed(self) -> list[Any]:
        """The unprocessed emails of the test. They are among the newest."""
        found = self.api.get("/unprocessed", limit="200")["items"]
        return [email for email in found if self.id in email["subject"]]

    def _no_case(self, key: str) -> NoCase:
        for email in self._unprocessed():
            return NoCase(
                f"The original {key} made no case: {email['reason']}. {email['explanation']}",
                f"{email['what_to_do']} The admins got a notification, whose trace says which rule decided.",
            )
        return NoCase(
            f"The original {key} has no outcome after {self._waiting.seconds:.0f} seconds.",
            "Read the log of inbound. If it names the object, it says what failed. If not, the event did not arrive: "
            "look at the notifications of the bucket, the inbound queue and its policy, and the event source mapping.",
        )

    def _forget_person(self) -> None:
        pk, sk = keys.person(self.id)
        table = self._stack.outputs["TableName"]
        self._clients.dynamodb.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})


def is_id(text: str) -> bool:
    """Whether this can be the id of a run."""
    return _ID.fullmatch(text) is not None


def _age(text: str) -> float:
    """Seconds since the run with this id began; 0 if it is not such an id."""
    found = _ID.fullmatch(text)
    return time.time() - int(found[1], 16) if found else 0.0
