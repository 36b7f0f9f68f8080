"""The sample data: the configuration made through the API, the emails sent over SMTP, and the welcome text.

The API is a stand-in that records requests; the SMTP server is real, with TLS.
"""

import asyncio
import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from werkzeug import Request, Response

from local.http.server import HttpServer
from local.sample_data import AdminApi, SampleEmail, SamplesFailed, create_configuration, outcomes, send
from local.smtp.certificates import Certificates
from local.system import SampleReport, System
from local.welcome_message import welcome_message

PARAMETERS = {
    "CaseCreationEnabled": "true",
    "CaseCreationRecipients": "payroll@in.acme-cases.example,benefits@in.acme-cases.example",
    "DefaultServiceGroup": "hr",
    "MailboxAddress": "payroll@acme.example",
}


class ApiStandIn:
    """Accepts every PUT, and answers each GET from ``answers``."""

    def __init__(self) -> None:
        self.puts: dict[str, Any] = {}
        self.answers: dict[str, Any] = {"/unprocessed": {"items": []}, "/cases": {"items": []}}
        self.status = 200
        self._server = HttpServer(Response(), 0)
        self._server.gateway = self._answer
        self.api = AdminApi(self._server.port, "the-token")
        self.stop = self._server.stop

    def _answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        assert request.headers["Authorization"] == "Bearer the-token"
        if request.method == "PUT":
            self.puts[request.path] = request.get_json()
            answer: object = {}
        else:
            answer = self.answers[request.path]
        return Response(json.dumps(answer), self.status)(environ, start_response)


@pytest.fixture
def api() -> Iterator[ApiStandIn]:
    api = ApiStandIn()
    yield api
    api.stop()


class Mailbox:
    """Keeps the emails that an SMTP server receives; refuses recipients that start with ``unknown``."""

    def __init__(self) -> None:
        self.mails: list[tuple[str | None, list[str], EmailMessage]] = []
        self.client_addresses: list[str] = []

    async def handle_RCPT(  # noqa: N802  (aiosmtpd names its hooks so)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("unknown"):
            return "550 5.1.1 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  (likewise)
        assert session.ssl is not None
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), message))
        return "250 OK"


class AnyPort(Controller):
    """A controller on any free port; the one of aiosmtpd needs a fixed port."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd has no types for it


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox, tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of an SMTP server that requires STARTTLS, and the file of its certificate authority."""
    certificates = Certificates(tmp_path)
    controller = AnyPort(mailbox, "127.0.0.1", 0, tls_context=certificates.server_context(), require_starttls=True)
    controller.start()
    yield controller.port, certificates.ca_file
    controller.stop()


def test_configuration(api: ApiStandIn) -> None:
    """Employees, topics and a second mailbox are created through the API."""
    samples = create_configuration(api.api, PARAMETERS)

    assert api.puts == {
        "/employees/310088": {
            "name": "Priya Nair",
            "emails": ["priya.nair@acme.example"],
            "population": "UK",
            "blocked": False,
        },
        "/employees/543457": {
            "name": "Zoë Hartmann",
            "emails": ["zoe.hartmann@acme.example"],
            "population": "Germany",
            "blocked": False,
        },
        "/employees/874112": {
            "name": "Marcus Webb",
            "emails": ["marcus.webb@acme.example"],
            "population": "UK",
            "blocked": False,
        },
        "/mailboxes/benefits@acme.example": {
            "receiving_address": "benefits@in.acme-cases.example",
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
        "/topics/Benefits": {"service_group": "hr", "by_population": {}},
        "/topics/Payroll": {"service_group": "hr", "by_population": {}},
    }
    assert [(sample.mailbox, sample.receiving_address) for sample in samples] == [
        ("payroll@acme.example", "payroll@in.acme-cases.example"),
        ("benefits@acme.example", "benefits@in.acme-cases.example"),
        ("payroll@acme.example", "payroll@in.acme-cases.example"),
    ]


def test_domain_recipient(api: ApiStandIn) -> None:
    """A recipient that is a domain accepts every address in it."""
    samples = create_configuration(api.api, PARAMETERS | {"CaseCreationRecipients": "a.example,b.example"})

    addresses = [sample.receiving_address for sample in samples]
    assert addresses == ["payroll@a.example", "benefits@b.example", "payroll@a.example"]


def test_one_receiving_address(api: ApiStandIn) -> None:
    """With one receiving address there is no second mailbox."""
    samples = create_configuration(api.api, PARAMETERS | {"CaseCreationRecipients": "cases@in.example"})

    assert [sample.receiving_address for sample in samples] == ["cases@in.example", "cases@in.example"]
    assert "/mailboxes/benefits@acme.example" not in api.puts


def test_without_case_creation(api: ApiStandIn) -> None:
    """Without case creation there are no samples."""
    assert create_configuration(api.api, PARAMETERS | {"CaseCreationEnabled": "false"}) == []
    assert api.puts == {}


def test_emails(api: ApiStandIn, smtp: tuple[int, Path], mailbox: Mailbox) -> None:
    """The emails are sent over SMTP with TLS."""
    port, ca_file = smtp

    send(create_configuration(api.api, PARAMETERS), port, ca_file, "127.0.0.0/8")

    (sender, _, manual), (_, _, generated), (_, _, stranger) = mailbox.mails
    assert [recipients for _, recipients, _ in mailbox.mails] == [
        ["payroll@in.acme-cases.example"],
        ["benefits@in.acme-cases.example"],
        ["payroll@in.acme-cases.example"],
    ]
    assert sender == "Zoe.Hartmann@acme.example"
    assert manual["Subject"] == "Überstunden im Oktober fehlen 🕐"
    assert manual["From"] == "Zoë Hartmann <Zoe.Hartmann@acme.example>"
    assert generated["From"] == "Forms <no-reply@forms.acme.example>"
    assert generated.get_content().splitlines() == [
        "[543457]",
        "[Benefits]",
        "[Yes]",
        "[874112]",
        "",
        "Dental plan: from Basic to Family, from 1 January.",
    ]
    assert stranger["From"] == "Toner Direct <sales@toner-direct.example>"
    assert len({message["Message-ID"] for _, _, message in mailbox.mails}) == 3


def test_refused_email(api: ApiStandIn, smtp: tuple[int, Path]) -> None:
    """A refused email is reported."""
    samples = create_configuration(api.api, PARAMETERS | {"CaseCreationRecipients": "unknown@in.example"})

    with pytest.raises(SamplesFailed, match=r"sending over SMTP: .*5\.1\.1 unknown"):
        send(samples, *smtp, "127.0.0.0/8")


def test_api_error(api: ApiStandIn) -> None:
    """An error of the API is reported."""
    api.status = 403

    with pytest.raises(SamplesFailed, match=r"^PUT /employees/543457 answered 403"):
        create_configuration(api.api, PARAMETERS)


def test_unreachable_api() -> None:
    with pytest.raises(SamplesFailed, match=r"^GET /cases: .*refused"):
        AdminApi(1, "token").get("/cases")


def test_outcomes(api: ApiStandIn) -> None:
    """The API is asked for the outcomes."""
    samples = create_configuration(api.api, PARAMETERS)
    api.answers = _cases_and_unprocessed(samples)

    assert outcomes(samples, api.api) == {
        "Überstunden im Oktober fehlen 🕐": "case 7K3F-92QD-X0 of Zoë Hartmann, topic General",
        "Change of dental plan": "case 8K3F-92QD-X0 of Zoë Hartmann, topic Benefits, regarding Marcus Webb",
        "Your toner is running low": "no case, sender_not_found, the admins are told",
    }
    assert outcomes(samples[:1], api.api).keys() == {"Überstunden im Oktober fehlen 🕐"}


def test_welcome_text(api: ApiStandIn) -> None:
    """The text says what runs where, and the outcome of each sample."""
    samples = create_configuration(api.api, PARAMETERS)
    api.answers = _cases_and_unprocessed(samples)
    known = outcomes(samples, api.api)
    del known["Change of dental plan"]

    text = welcome_message(_system(SampleReport(samples, known)), None)

    assert (
        '  An employee wrote "Überstunden im Oktober fehlen 🕐" to payroll@acme.example\n'
        "    -> case 7K3F-92QD-X0 of Zoë Hartmann, topic General\n"
        '  A form was filled in "Change of dental plan" to benefits@acme.example\n'
        "    -> no result yet; the log above may say why\n"
        '  A stranger wrote "Your toner is running low" to payroll@acme.example\n'
        "    -> no case, sender_not_found, the admins are told\n"
    ) in text
    assert "127.0.0.1:2525 with STARTTLS" in text
    assert """TOKEN=$(curl -s -d '{"user": "admin"}' http://127.0.0.1:8080/local/token | cut -d '"' -f 4)""" in text


def test_welcome_without_samples() -> None:
    """The text says why there are no samples."""
    text = welcome_message(_system(SampleReport([], {}, "PUT /employees/543457 answered 500")), Path("state"))

    assert "The samples could not be created: PUT /employees/543457 answered 500" in text
    assert "saved in state" in text


def _system(samples: SampleReport) -> System:
    return System(2525, 2465, 8080, "http://127.0.0.1:5000", Path("/tmp/ca.pem"), samples)


def _cases_and_unprocessed(samples: list[SampleEmail]) -> dict[str, Any]:
    """The answers of the API when each sample has the expected outcome."""
    manual, generated, stranger = (sample.subject for sample in samples)
    zoe = {"user_id": "543457", "name": "Zoë Hartmann", "email": "zoe.hartmann@acme.example"}
    marcus = {"user_id": "874112", "name": "Marcus Webb", "email": "marcus.webb@acme.example"}
    return {
        "/unprocessed": {
            "items": [
                {"subject": stranger, "reason": "sender_not_found", "notified_at": "2026-11-23T18:00:00Z"},
                {"subject": "Something else", "reason": "spam", "notified_at": None},
            ]
        },
        "/cases": {
            "items": [
                {
                    "subject": generated,
                    "number": "8K3F-92QD-X0",
                    "employee": zoe,
                    "topic": "Benefits",
                    "regarding": marcus,
                },
                {"subject": manual, "number": "7K3F-92QD-X0", "employee": zoe, "topic": "General", "regarding": None},
            ]
        },
    }
