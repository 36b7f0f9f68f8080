"""An import of employees repairs what was unprocessed because they were missing."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from tests.support.system.mail import email, unique, unique_id, word
from tests.support.system.system_client import BENEFITS, FORMS, SystemClient


def imported(system: SystemClient, body: bytes, query: str = "") -> Any:
    """The job of an import, after everything has been done."""
    response = system.admin.call("POST", f"/employees/imports{query}", body, {"Content-Type": "text/csv"})
    assert response.status_code == 202, response.text
    path = response.headers["location"]
    while system.admin.get(path)["state"] in {"waiting", "running"}:  # longer than settling takes, on a busy machine
        time.sleep(0.2)
    system.settle()
    return system.admin.get(path)


def test_form_of_a_missing_employee(acme: SystemClient) -> None:
    """Forms that name an unknown user id become cases with all four values, after an import and a retry."""
    system = acme
    other = system.employ("Marcus")
    missing = [unique_id() for _ in range(2)]
    subjects = [unique("New address") for _ in missing]
    for user_id, subject in zip(missing, subjects, strict=True):
        body = f"[{user_id}]\n[Employee Relations]\n[Yes]\n[{other.user_id}]\nI have moved house."
        system.send(email(FORMS, subject, body), BENEFITS)
        assert system.unprocessed_with(subject)["reason"] == "employee_not_found"

    rows = "".join(f"{user_id};Nora Ö. {n};nora.{word()}@acme.example;UK;nein\n" for n, user_id in enumerate(missing))
    content = f"sep=;\r\nuser_id;Name;E-Mail;population;blocked\n{rows}".replace("nein", "falsch").encode()
    dry = imported(system, content, "?dry_run=true")
    assert (dry["state"], dry["outcomes"]) == ("done", {"created": 2})
    assert system.admin.call("GET", f"/employees/{missing[0]}").status_code == 404
    job = imported(system, content)
    assert (job["state"], job["outcomes"], job["rejected"]) == ("done", {"created": 2}, [])
    assert [one["user_id"] for one in system.agent.items("/employees", q=missing[1])] == [missing[1]]

    ids = [system.unprocessed_with(subject)["id"] for subject in subjects]
    retry(system, ids)
    for user_id, subject in zip(missing, subjects, strict=True):
        case = system.case_with(subject)
        assert (case["employee"]["user_id"], case["regarding"]["user_id"]) == (user_id, other.user_id)
        assert (case["topic"], case["show_to_employee"]) == ("Employee Relations", True)
        assert (case["issue"], case["flags"]) == ("I have moved house.", [])


def retry(system: SystemClient, ids: list[str]) -> None:
    """Retries unprocessed emails with one request."""
    job = system.admin.post("/unprocessed/retry", {"ids": ids})
    system.settle()
    job = system.admin.get(f"/jobs/{job['job_id']}")
    assert (job["state"], job["done"], job["rejected"]) == ("done", len(ids), [])


@pytest.mark.timeout(300)
def test_uploaded_file(acme: SystemClient) -> None:
    """2,000 rows by upload link; half of them change, one is wrong, and the file is gone afterwards."""
    system, mark = acme, word()
    rows = [f"{mark}-{n},Jo {mark.capitalize()},jo.{n}@{mark}.example,UK,no" for n in range(2000)]
    job = by_upload(system, rows)
    assert (job["outcomes"], job["total"], job["done"]) == ({"created": 2000}, 2000, 2000)
    rows = [row.replace("Jo ", "Joe ") if n % 2 else row for n, row in enumerate(rows)]
    rows[10] = rows[10].replace("no", "perhaps")
    job = by_upload(system, rows)
    assert job["outcomes"] == {"changed": 1000, "unchanged": 999, "rejected": 1}
    assert [row["line"] for row in job["rejected"]] == [12]
    assert len(system.agent.items("/employees", q=f"joe {mark}")) == 1000


def by_upload(system: SystemClient, rows: list[str]) -> Any:
    content = "\n".join(["user_id,name,email,population,blocked", *rows]).encode()
    upload = {"filename": "all.csv", "content_type": "text/csv", "size": len(content), "purpose": "import"}
    link = system.admin.post("/attachments", upload)
    assert httpx.put(link["url"], content=content, headers=link["headers"]).status_code == 200
    body = json.dumps({"upload_id": link["upload_id"]}).encode()
    job = imported(system, body)
    assert job["state"] == "done", job
    again = system.admin.call("POST", "/employees/imports", body)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "upload_id")
    return job
