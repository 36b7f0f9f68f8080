"""Unprocessed emails are deleted some days after their notification, and a proof is left."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.system.mail import email, stranger, unique
from tests.support.system.system_client import ANSWERS, SystemClient


def days_from_now(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def fail(system: SystemClient, to: str) -> tuple[Any, set[str]]:
    """An unprocessed email with an attachment: its item in the API, and its objects in the bucket."""
    before = system.keys()
    message = email(stranger(), unique("Purge me"), "No case.\n" * 20_000)
    message.add_attachment(b"1,2,3" * 1000, maintype="application", subtype="octet-stream", filename="data.bin")
    system.send(message, to=to)
    return system.unprocessed_with(str(message["Subject"])), system.keys() - before


def test_purge(strict: SystemClient) -> None:
    robin = strict.employ()
    subject = unique("A case to keep")
    strict.send(email(robin.mailbox, subject))
    case = strict.case_with(subject)
    acknowledgement, entry = strict.history(case["case_id"])
    assert (acknowledgement["kind"], entry["kind"]) == ("acknowledgement", "normal")
    doomed, objects = fail(strict, "payroll@in.acme-cases.example")
    kept, kept_objects = fail(strict, ANSWERS)
    assert {"raw", "attachments"} <= {key.partition("/")[0] for key in objects}
    strict.admin.post(f"/unprocessed/{kept['id']}/hold", {"why": "Evidence"})
    proofs = {proof["purge_id"] for proof in strict.admin.items("/purges")}

    # Two days after the notification: too early.
    strict.fire("purge", days_from_now(2))
    assert strict.admin.get(f"/unprocessed/{doomed['id']}")["reason"] == "sender_not_found"
    assert objects <= strict.keys()
    assert {proof["purge_id"] for proof in strict.admin.items("/purges")} == proofs

    # Four days after: purged, with a proof.
    strict.fire("purge", days_from_now(4))
    assert strict.admin.call("GET", f"/unprocessed/{doomed['id']}").status_code == 404
    assert strict.admin.call("POST", f"/unprocessed/{doomed['id']}/hold", {"why": "Too late"}).status_code == 404
    assert doomed["id"] not in {item["id"] for item in strict.admin.items("/unprocessed")}
    assert objects & strict.keys() == set()
    new = [proof for proof in strict.admin.items("/purges") if proof["purge_id"] not in proofs]
    assert all(sorted(proof) == ["at", "count", "items", "purge_id", "restorable_until"] for proof in new)
    assert all(proof["count"] == len(proof["items"]) for proof in new)
    named = {item["id"]: item for proof in new for item in proof["items"]}
    assert named[doomed["id"]] == {name: doomed[name] for name in ("id", "reason", "received_at", "notified_at")}

    # The held email stays, and so do cases.
    assert kept["id"] not in named
    assert strict.admin.get(f"/unprocessed/{kept['id']}")["held"]["why"] == "Evidence"
    assert kept_objects <= strict.keys()
    assert strict.case_with(subject) == case
    assert strict.original(case["case_id"], entry["email_id"])
    assert strict.original(case["case_id"], acknowledgement["email_id"])

    # A purge that finds nothing leaves no proof.
    proofs = {proof["purge_id"] for proof in strict.admin.items("/purges")}
    strict.fire("purge", days_from_now(4))
    assert {proof["purge_id"] for proof in strict.admin.items("/purges")} == proofs

    # After the release it is purged like the others.
    strict.admin.post(f"/unprocessed/{kept['id']}/release")
    strict.fire("purge", days_from_now(4))
    assert strict.admin.call("GET", f"/unprocessed/{kept['id']}").status_code == 404
    assert kept_objects & strict.keys() == set()


def test_bounced_notification(ad_hoc_only: SystemClient) -> None:
    """The admin's address bounces: nobody was notified, so nothing may be purged."""
    item, objects = fail(ad_hoc_only, ANSWERS)
    path = f"/unprocessed/{item['id']}"
    assert (ad_hoc_only.admin.get(path)["notified_at"], ad_hoc_only.admin.get(path)["purge_after"]) == (None, None)

    ad_hoc_only.fire("purge", days_from_now(4000))

    assert ad_hoc_only.admin.get(path)["reason"] == "case_reference_missing"
    assert objects <= ad_hoc_only.keys()
    assert item["id"] not in {each["id"] for proof in ad_hoc_only.admin.items("/purges") for each in proof["items"]}
