"""The systems that the tests use as clients. Starting one takes seconds, so each serves many tests.

Tests share a system, so each recognises its emails by a random word (`mail.word`). Each fixture has its own name as
a parameter: so the id of a test names its system, and tests/conftest.py gives all tests of a system to one worker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.system.casework import open_case
from tests.support.system.system_client import ADMINS, BENEFITS, FORMS, PAYROLL, RUNNING, Person, SystemClient, system


@pytest.fixture(scope="session", params=["acme"])
def acme() -> Iterator[SystemClient]:
    """Both channels, plus-tags, an alert for each case, and a mailbox for a forms server."""
    with system(
        CaseCreationRecipients=f"{PAYROLL},{BENEFITS},cases.acme-cases.example",
        PlusAddressing="true",
        MaxCasesPerSenderPerHour="1000",
        DefaultServiceGroupAddress="agents@acme.example",
    ) as client:
        client.admin.put("/topics/Payroll", {"service_group": "default", "by_population": {}})
        client.admin.put("/topics/Benefits", {"service_group": "default", "by_population": {}})
        client.admin.put("/topics/Employee Relations", {"service_group": "default", "by_population": {}})
        client.admin.put("/service-groups/other", {"name": "Other", "address": None, "secured": True})
        client.admin.put("/service-groups/open", {"name": "Open", "address": None, "secured": False})
        client.admin.put("/topics/Others", {"service_group": "other", "by_population": {}})
        client.admin.put(
            "/mailboxes/benefits@acme.example",
            {
                "receiving_address": BENEFITS,
                "default_topic": "Benefits",
                "default_subject": "Benefits form",
                "identify_sender": "user_id_in_body",
                "variable_topic": True,
                "variable_show": True,
                "default_show": False,
                "trusted_senders": [FORMS],
                "trust_without_authentication": False,
                "acknowledge_sender": False,
            },
        )
        yield client


@pytest.fixture(scope="session", params=["strict"])
def strict() -> Iterator[SystemClient]:
    """The opposite settings of acme. Its mailbox takes values from a server that does not sign."""
    with system(
        CcSenderOnError="true",
        PurgeAfterDays="3",
        AcceptEmailsForClosedCases="false",
        AcknowledgeSender="true",
        MaxCasesPerSenderPerHour="3",
        DefaultShow="true",
        VariableTopic="true",
        VariableShow="true",
        TrustedSenders="forms.acme.example",
        TrustWithoutAuthentication="true",
        DefaultTopic="Pay",
        DefaultSubject="A question about pay",
        SpamAction="flag",
        AuthenticationAction="reject",
    ) as client:
        client.admin.put("/topics/Bonus", {"service_group": "default", "by_population": {}})
        yield client


@pytest.fixture(scope="session", params=["case_creation_only"])
def case_creation_only() -> Iterator[SystemClient]:
    """Without the ad hoc channel, and with two admins."""
    with system(AdHocEnabled="false", AdminEmailAddresses=",".join(ADMINS), AcknowledgeSender="true") as client:
        yield client


@pytest.fixture(scope="session", params=["ad_hoc_only"])
def ad_hoc_only() -> Iterator[SystemClient]:
    """Without case creation; notifications do not reach its admin, and replies reopen no case."""
    with system(
        CaseCreationEnabled="false", ReopenOnReply="false", AdminEmailAddresses="bounce@simulator.amazonses.com"
    ) as client:
        yield client


@pytest.fixture(autouse=True)
def no_storm() -> None:
    """The unprocessed emails of other tests begin no storm, in which admins get digests only."""
    for client in RUNNING:
        client.forget_storms()


@pytest.fixture(scope="module")
def jo(acme: SystemClient) -> Person:
    """An employee."""
    return acme.employ("Jo")


@pytest.fixture(scope="module")
def case(acme: SystemClient, jo: Person) -> Any:
    """A case that the employee opened by email."""
    return open_case(acme, jo)


@pytest.fixture(autouse=True)
def what_was_logged() -> Iterator[None]:
    """Shows what the systems logged during a test if it fails."""
    before = {id(client): len(client.log()) for client in RUNNING}
    yield
    for client in RUNNING:
        sys.stderr.write(client.log()[before.get(id(client), 0) :])
