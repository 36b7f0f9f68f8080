"""An agent corrects of whom a case is."""

from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.case import EmployeeSnapshot

from tests.support.in_process.api_client import Api, put
from tests.support.in_process.stored_emails import record_case

ANY = {"If-Match": "*"}


def test_employee(api: Api, mail: MailBucket) -> None:
    """The case is then found as the other employee's, and shows the address from which they wrote."""
    put(api, "/employees/1", {"name": "Ann", "emails": ["a@acme.example", "Jo@elsewhere.example"], "blocked": True})
    case = record_case(mail, 1)
    path = f"/cases/{case.case_id}"
    answer = api("agent", "PATCH", path, {"employee": "1"}, headers=ANY)
    assert answer.json["employee"] == {"user_id": "1", "name": "Ann", "email": "Jo@elsewhere.example"}
    assert answer.headers["etag"] == '"2"'
    assert api("agent", "GET", path).json == answer.json
    assert api("agent", "GET", "/cases?employee=543457").items == []
    assert [one["case_id"] for one in api("agent", "GET", "/cases?employee=1").items] == [case.case_id]
    assert api("agent", "PATCH", path, {"employee": "1"}, headers=ANY).headers["etag"] == '"2"', "nothing changes"
    (record,) = api("admin", "GET", f"/audit?target={case.case_id}").items
    assert (record["action"], record["fields"]) == ("case.change", ["employee"])
    assert (record["before"], record["after"]) == ({}, {})


def test_unknown(api: Api, mail: MailBucket) -> None:
    path = f"/cases/{record_case(mail, 1).case_id}"
    for wrong in ("unknown", "", None, 7):
        assert api("agent", "PATCH", path, {"employee": wrong}, headers=ANY).wrong_fields == ["employee"]
    assert api("agent", "PATCH", path, {"employee": "x", "regarding": "y"}, headers=ANY).wrong_fields == [
        "employee",
        "regarding",
    ]
    assert api("agent", "GET", path).json["employee"]["user_id"] == "543457"


def test_case_of_nobody(api: Api, mail: MailBucket) -> None:
    put(api, "/employees/1", {"name": "Ann", "emails": []})
    case = record_case(mail, 1, employee=None, regarding=EmployeeSnapshot("2", "Bo", None))
    answer = api("agent", "PATCH", f"/cases/{case.case_id}", {"employee": "1", "regarding": "1"}, headers=ANY)
    assert answer.json["employee"] == answer.json["regarding"] == {"user_id": "1", "name": "Ann", "email": None}
