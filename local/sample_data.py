"""The sample data: employees, a second mailbox, and three emails that arrive over SMTP with TLS.

It is created as a client would create it: configuration through the API with an admin's token, emails through SMTP.
Emails that a saved state already holds are not sent again.
"""

import http.client
import ipaddress
import json
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import quote

_TIMEOUT = 35
"""Seconds for one request. This is longer than the gateway's own limit, so that its answer arrives."""
_FORMS_MAILBOX = "benefits@acme.example"

_EMPLOYEES = {
    "543457": ("Zoë Hartmann", "zoe.hartmann@acme.example", "Germany"),
    "874112": ("Marcus Webb", "marcus.webb@acme.example", "UK"),
    "310088": ("Priya Nair", "priya.nair@acme.example", "UK"),
}
_TOPICS = ("Payroll", "Benefits")


class SamplesFailed(Exception):
    """The samples could not be created. The message says at which step."""


@dataclass(frozen=True)
class SampleEmail:
    """One sample email, and the address that it is sent to. ``what`` introduces it in the welcome message."""

    what: str
    mailbox: str
    receiving_address: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])


class AdminApi:
    """The deployed API, used by an admin."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token

    def get(self, path: str) -> Any:
        return self._send("GET", path)

    def mailboxes(self) -> dict[str, str]:
        """The receiving address of each mailbox; nothing while case creation is off."""
        try:
            return {one["address"]: one["receiving_address"] for one in self.get("/mailboxes?limit=200")["items"]}
        except SamplesFailed:
            return {}

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        self._send("PUT", path, body)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of the response. Raises SamplesFailed if there is none, or if it is an error."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
        except OSError as error:
            raise SamplesFailed(f"{method} {path}: {error}") from error
        finally:
            connection.close()
        if response.status >= 300:
            raise SamplesFailed(f"{method} {path} answered {response.status} {text.decode('utf-8', 'replace')}")
        return json.loads(text) if text else None


def create_configuration(api: AdminApi, parameters: Mapping[str, str]) -> list[SampleEmail]:
    """Creates employees, topics and the second mailbox. Returns the emails to send: none if case creation is off.

    ``parameters`` are those of the deployment. If they have only one recipient for case creation, the second mailbox
    and its email are left out.
    """
    if parameters["CaseCreationEnabled"] != "true":
        return []
    for user_id, (name, address, population) in _EMPLOYEES.items():
        employee = {"name": name, "emails": [address], "population": population, "blocked": False}
        api.put(f"/employees/{user_id}", employee)
    for topic in _TOPICS:
        api.put(f"/topics/{topic}", {"service_group": parameters["DefaultServiceGroup"], "by_population": {}})
    recipients = [recipient.strip() for recipient in parameters["CaseCreationRecipients"].split(",")]
    mailbox = parameters["MailboxAddress"]
    receiving_address = _within(recipients[0], mailbox)
    samples = [_manual(mailbox, receiving_address), _stranger(mailbox, receiving_address)]
    if len(recipients) > 1:
        forms_address = _within(recipients[1], _FORMS_MAILBOX)
        api.put(
            f"/mailboxes/{quote(_FORMS_MAILBOX, safe='@')}",
            {
                "receiving_address": forms_address,
                "default_topic": "Benefits",
                "default_subject": "Benefits form",
                "identify_sender": "user_id_in_body",
                "variable_topic": True,
                "variable_show": True,
                "default_show": False,
                "trusted_senders": ["forms.acme.example"],
                "trust_without_authentication": False,
                "acknowledge_sender": False,
            },
        )
        samples.insert(1, _system_generated(_FORMS_MAILBOX, forms_address))
    return samples


def send(samples: list[SampleEmail], smtp_port: int, ca_file: Path, allowed_ranges: str) -> None:
    """Sends the emails over SMTP with STARTTLS, from an address that the receipt filters let in.

    Raises SamplesFailed if one is refused.
    """
    context = ssl.create_default_context(cafile=str(ca_file))
    client_address = allowed_address(allowed_ranges)
    try:
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=_TIMEOUT) as client:
            client.starttls(context=context)
            for sample in samples:
                client.ehlo()
                if client_address:
                    client.docmd("XCLIENT", f"ADDR={client_address}")
                client.send_message(sample.message, to_addrs=[sample.receiving_address])
    except (OSError, smtplib.SMTPException) as error:
        raise SamplesFailed(f"sending over SMTP: {error}") from error


def outcomes(samples: list[SampleEmail], api: AdminApi) -> dict[str, str]:
    """What became of each sample, by its subject. Samples that the API does not show yet are left out."""
    found: dict[str, str] = {}
    for item in api.get("/unprocessed?limit=200")["items"]:
        found[item["subject"]] = f"no case, {item['reason']}" + (", the admins are told" if item["notified_at"] else "")
    for case in api.get("/cases?limit=200")["items"]:
        regarding = f", regarding {case['regarding']['name']}" if case["regarding"] else ""
        employee = case["employee"]["name"] if case["employee"] else "nobody"
        found[case["subject"]] = f"case {case['number']} of {employee}, topic {case['topic']}{regarding}"
    return {sample.subject: found[sample.subject] for sample in samples if sample.subject in found}


def _manual(mailbox: str, receiving_address: str) -> SampleEmail:
    message = _message('"Zoë Hartmann" <Zoe.Hartmann@acme.example>', mailbox, "Überstunden im Oktober fehlen 🕐")
    message.set_content(
        "Hello Payroll,\n\nthe eleven hours of overtime that I worked in October are not on my payslip.\n"
        "Could you have a look?\n\nThank you\nZoë Hartmann\n"
    )
    return SampleEmail("An employee wrote", mailbox, receiving_address, message)


def _system_generated(mailbox: str, receiving_address: str) -> SampleEmail:
    message = _message("Forms <no-reply@forms.acme.example>", mailbox, "Change of dental plan")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("[543457]\n[Benefits]\n[Yes]\n[874112]\n\nDental plan: from Basic to Family, from 1 January.\n")
    return SampleEmail("A form was filled in", mailbox, receiving_address, message)


def _stranger(mailbox: str, receiving_address: str) -> SampleEmail:
    message = _message("Toner Direct <sales@toner-direct.example>", mailbox, "Your toner is running low")
    message.set_content("Dear Sir or Madam,\n\nwe have toner for every printer.\n\nToner Direct\n")
    return SampleEmail("A stranger wrote", mailbox, receiving_address, message)


def _message(sender: str, mailbox: str, subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mailbox
    message["Subject"] = subject
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    return message


def _within(recipient: str, mailbox: str) -> str:
    """The receiving address of the mailbox. ``recipient``, of a receipt rule, is an address or a whole domain."""
    return recipient if "@" in recipient else f"{mailbox.partition('@')[0]}@{recipient.lstrip('.')}"


def allowed_address(ranges: str) -> str | None:
    """The client address to send with XCLIENT. None if the receipt filters allow 127.0.0.1."""
    networks = [ipaddress.ip_network(text.strip(), strict=False) for text in ranges.split(",")]
    if any(ipaddress.ip_address("127.0.0.1") in network for network in networks):
        return None
    return str(networks[0][min(1, networks[0].num_addresses - 1)])
