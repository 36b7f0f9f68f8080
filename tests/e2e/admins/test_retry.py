"""An admin corrects the configuration, and has unprocessed emails decided again."""

from tests.support.system.mail import email, unique, unique_id
from tests.support.system.system_client import BENEFITS, FORMS, SystemClient


def test_ambiguous_sender(acme: SystemClient) -> None:
    """Two employees share an address. A mapping says which of them writes to this mailbox, and a retry makes the
    case. The group is alerted, and the admins hear nothing more."""
    first = acme.employ()
    second = unique_id()
    body = {"name": first.name, "emails": [first.address], "population": None, "blocked": False}
    acme.admin.put(f"/employees/{second}", body)
    subject = unique("My salary")
    message = email(first.mailbox, subject, "It is wrong.\n")
    acme.send(message)
    item = acme.unprocessed_with(subject)
    assert item["reason"] == "sender_mismatch"
    path = f"/unprocessed/{item['id']}/retry"
    before = {"outcome": "unprocessed", "reason": "sender_mismatch"}
    with acme.sending() as sent:
        assert acme.admin.post(path) == {"before": before, "after": before | {"case_id": None}}
    assert sent == [], "nothing changed, so nobody is notified again"
    assert acme.unprocessed_with(subject)["notified_at"] == item["notified_at"]

    mapping = {"mailbox": "payroll@acme.example", "from": first.address, "user_id": second}
    acme.admin.put(f"/user-mappings/{unique_id()}", mapping)
    with acme.sending() as sent:
        answered = acme.admin.post(path)
    case = {"outcome": "case", "reason": None, "case_id": item["id"]}
    assert answered == {"before": before, "after": case}
    assert [one.to for one in sent] == [["agents@acme.example"]]
    made = acme.case_with(subject)
    assert (made["case_id"], made["employee"]["user_id"], made["issue"]) == (item["id"], second, "It is wrong.")
    assert acme.all_unprocessed_with(subject) == []
    assert acme.admin.post(path) == {"before": case, "after": case}
    acme.send(message)
    assert len(acme.cases_with(subject)) == 1, "a further copy is a duplicate"


def test_form(acme: SystemClient) -> None:
    """A form email from an unknown user id keeps its values: when it is retried, and when it is assigned."""
    user_id, about = unique_id(), acme.employ()
    subjects = [unique("Moved"), unique("Moved")]
    for subject in subjects:
        text = f"[{user_id}]\n[Employee Relations]\n[Yes]\n[{about.user_id}]\n\nI have moved.\n"
        acme.send(email(FORMS, subject, text, To="benefits@acme.example"), BENEFITS)
        assert acme.unprocessed_with(subject)["reason"] == "employee_not_found"
    other = acme.employ()
    acme.admin.put(f"/employees/{user_id}", {"name": "Kim", "emails": [], "population": None, "blocked": False})
    retried, assigned = (acme.unprocessed_with(subject)["id"] for subject in subjects)
    assert acme.admin.post(f"/unprocessed/{retried}/retry")["after"]["outcome"] == "case"
    acme.admin.post(f"/unprocessed/{assigned}/assign", {"user_id": other.user_id})
    for case_id, employee in ((retried, user_id), (assigned, other.user_id)):
        case = acme.admin.get(f"/cases/{case_id}")
        assert case["employee"]["user_id"] == employee
        assert (case["topic"], case["show_to_employee"]) == ("Employee Relations", True)
        assert (case["regarding"]["user_id"], case["issue"]) == (about.user_id, "I have moved.")


def test_another_reason(acme: SystemClient) -> None:
    """An email that stays unprocessed for another reason is notified once more, and a hold stays."""
    person = acme.employ(blocked=True)
    acme.admin.call("DELETE", f"/employees/{person.user_id}")
    subject = unique("Let me in")
    acme.send(email(person.mailbox, subject))
    item = acme.unprocessed_with(subject)
    assert item["reason"] == "sender_not_found"
    acme.admin.post(f"/unprocessed/{item['id']}/hold", {"why": "a claim"})
    body = {"name": person.name, "emails": [person.address], "population": None, "blocked": True}
    acme.admin.put(f"/employees/{person.user_id}", body)
    with acme.sending() as sent:
        answered = acme.admin.post(f"/unprocessed/{item['id']}/retry")
    assert [answered[name]["reason"] for name in ("before", "after")] == ["sender_not_found", "sender_blocked"]
    (notification,) = sent
    assert subject in notification.subject
    after = acme.unprocessed_with(subject)
    assert (after["reason"], after["held"]["why"]) == ("sender_blocked", "a claim")
    assert after["notified_at"] > item["notified_at"]
    with acme.sending() as sent:
        acme.admin.post(f"/unprocessed/{item['id']}/retry")
    assert sent == []
