"""An email with a virus in a case: its files need accept_risk, and the audit says who took them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.system.casework import infected_email, open_case
from tests.support.system.http_api import problem, wrong_fields
from tests.support.system.images import png
from tests.support.system.system_client import Person, SystemClient


@pytest.fixture
def infected(acme: SystemClient, jo: Person, case: Any) -> str:
    return infected_email(acme, jo, case)


def test_accepted_risk(acme: SystemClient, jo: Person, case: Any, infected: str) -> None:
    """The warning stays with the email when it is moved."""
    other = open_case(acme, jo)
    for case_id in (case["case_id"], other["case_id"]):
        path = f"/cases/{case_id}/emails/{infected}"
        entry = acme.agent.get(path)
        assert "virus" in entry["warnings"]
        assert {each["filename"]: each["inline"] for each in entry["attachments"]} == {
            "screen.png": True,
            "bonus.zip": False,
        }
        files = [f"{path}/original", *(f"{path}/attachments/{each['n']}" for each in entry["attachments"])]
        for file in files:
            for query in ({}, {"accept_risk": "false"}):
                assert problem(acme.agent.call("GET", file, query=query), 409)["type"] == "/problems/infected"
        assert wrong_fields(acme.agent.call("GET", files[0], query={"accept_risk": "yes"})) == {"accept_risk"}
        assert audited(acme, case_id) == 0
        contents = [acme.download(acme.agent.get(file, accept_risk="true")) for file in files]
        assert contents[0].count(b"Content-Type: image/png") == 1
        assert sorted(contents[1:]) == sorted([png(), b"MZ"])
        assert audited(acme, case_id) == len(files)
        if case_id == case["case_id"]:
            acme.agent.post(f"{path}/move", {"case_id": other["case_id"]})
            acme.settle()


def audited(acme: SystemClient, case_id: str) -> int:
    found = acme.admin.items("/audit", target=case_id, action="attachment.accept_risk")
    return len(found)
