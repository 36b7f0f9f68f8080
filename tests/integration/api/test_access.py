"""Every route for every role, and for own, other, secured and open service groups.

The routes come from the table of the function, so that a new route is tested, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from email_channels.api.access import Role
from email_channels.aws.mail_bucket import MailBucket

from functions.agent_api.routes import ROUTES, Route
from tests.support.in_process.api_client import USERS, Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.case_words import word_index
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed

# A valid body for each route that needs one.
BODIES: Mapping[tuple[str, str], object] = {
    ("POST", "/cases"): {"user_id": "1", "subject": "s", "issue": "i"},
    ("PATCH", "/cases/{case_id}"): {"status": "closed"},
    ("POST", "/attachments"): {"filename": "a.txt", "content_type": "text/plain", "size": 1},
    ("POST", "/unprocessed/{id}/hold"): {"why": "w"},
    ("POST", "/unprocessed/{id}/assign"): {"user_id": "1"},
    ("POST", "/try/jobs"): {"mailbox": "payroll@acme.example", "last": 1},
    ("POST", "/unprocessed/retry"): {"ids": ["1"]},
    ("POST", "/unprocessed/discard"): {"ids": ["1"]},
    ("POST", "/try"): {"unprocessed_id": "ZZZZZZZZZ0"},
    ("POST", "/employees/imports"): "user_id,name\n1,A\n",
    ("PUT", "/employees/{user_id+}"): {"name": "A"},
    ("POST", "/employees/{user_id+}/erasure"): {"cases": "erase"},
    ("PUT", "/mailboxes/{address+}"): {"receiving_address": "new@forms.example"},
    ("PUT", "/user-mappings/{id+}"): {"mailbox": "payroll@acme.example", "user_id": "2"},
    ("PUT", "/topics/{name+}"): {"service_group": None},
    ("PUT", "/service-groups/{id}"): {"name": "G"},
    ("PUT", "/templates/{id}"): {"name": "T", "text": "Hello"},
    ("POST", "/templates/{id}/preview"): {},
    ("PUT", "/cases/{case_id}/presence"): {"doing": "viewing"},
    ("POST", "/cases/{case_id}/notes"): {"text": "N"},
    ("POST", "/cases/{case_id}/read"): {},
    ("PUT", "/me/signature"): {"text": "T"},
    ("POST", "/cases/{case_id}/emails/{email_id}/split"): {"topic": "unknown"},
}
# The query of each route that needs one.
QUERIES: Mapping[tuple[str, str], str] = {("GET", "/employees"): "?q=1"}
CASE_ROUTES = [route for route in ROUTES if "{case_id}" in route.path and route.role is Role.AGENT]
OTHER_ROUTES = [route for route in ROUTES if "{case_id}" not in route.path]

# The groups whose cases each user sees. `default` and `other` are secured, which is the default; `open` is not
# secured; `unknown` is not configured.
SEEN = {
    "agent": {"default", "open"},
    "other-agent": {"other", "open"},
    "admin": {"default", "other", "open", "unknown"},
    "only-admin": {"default", "other", "open", "unknown"},
    "nobody": set[str](),
}


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def ask(api: Api, user: str | None, route: Route, **ids: str) -> int:
    path = route.path.replace("+}", "}").format(**ids)
    path += QUERIES.get((route.method, route.path), "")
    body = BODIES.get((route.method, route.path))
    if "/move" in route.path:
        body = {"case_id": ids["case_id"]}
    if "/merge" in route.path:
        body = {"into": ids["case_id"]}
    if route.path == "/try":
        body = {"unprocessed_id": ids["id"]}
    raw = body if isinstance(body, str) else None
    if route.path == "/employees/imports":
        end_jobs(api)
    return api(user, route.method, path, body, raw=raw, headers={"If-Match": "*"}).status


def end_jobs(api: Api) -> None:
    """Ends all jobs: only one import may run at a time."""
    for job in api.stores.jobs.newest(100, None)[0]:
        api.stores.jobs.fail(job, "ended by the test", RECEIVED)


def test_case_routes(api: Api, mail: MailBucket) -> None:
    """Every route of a case, for every user and service group."""
    api("admin", "PUT", "/service-groups/open", {"name": "Open", "secured": False})
    api("admin", "PUT", "/service-groups/other", {"name": "Other"})
    groups = ("default", "other", "open", "unknown")
    cases = {group: record_case(mail, n, service_group=group) for n, group in enumerate(groups)}
    for route in CASE_ROUTES:
        allowed: dict[str, set[str]] = {user: set() for user in USERS}
        for (group, case), user in product(cases.items(), USERS):
            assert case.email
            status = ask(api, user, route, case_id=case.case_id, email_id=case.email.email_id, n="1")
            if user == "nobody":
                assert status == 403, "without a role, a user does not learn whether the case exists"
                continue
            # A user who sees a case may ask to move its email to the same case, or to merge it into itself.
            refused = {"move": {422}, "split": {422}, "merge": {409}}
            done = refused.get(route.path.rpartition("/")[2], {200, 201, 204})
            assert status in {*done, 404}, (named(route), user, group)
            if status != 404:
                allowed[user].add(group)
        assert allowed == SEEN, named(route)


def test_erase(api: Api, mail: MailBucket) -> None:
    """Only admins erase cases, of any group."""
    api("admin", "PUT", "/service-groups/other", {"name": "Other"})
    cases = {user: record_case(mail, n, service_group="other").case_id for n, user in enumerate(USERS)}
    for user, case_id in cases.items():
        path, any_version = f"/cases/{case_id}", {"If-Match": "*"}
        if user not in {"admin", "only-admin"}:
            assert api(user, "DELETE", path, headers=any_version).status == 403
            assert api("admin", "GET", path).status == 200
            continue
        assert api(user, "DELETE", path).status == 428
        assert api(user, "DELETE", path, headers={"If-Match": '"7"'}).status == 412
        etag = api(user, "GET", path).headers["etag"]
        assert api(user, "DELETE", path, headers={"If-Match": etag}).status == 204
        assert api(user, "GET", path).status == 404
        assert api(user, "DELETE", path, headers=any_version).status == 404
        (record,) = api("admin", "GET", f"/audit?target={case_id}").items
        assert (record["action"], record["fields"], record["actor"]) == ("case.erase", [], f"id-of-{user}")


def test_other_routes(api: Api, mail: MailBucket) -> None:
    """Every other route, for every user."""
    made = [
        ("/employees/1", {"name": "A"}),
        ("/topics/1", {"service_group": None}),
        ("/service-groups/1", {"name": "G"}),
        ("/templates/1", {"name": "T", "text": "Hello"}),
        ("/employees/2", {"name": "B"}),
        ("/user-mappings/1", {"mailbox": "payroll@acme.example", "user_id": "2"}),
        ("/mailboxes/new@acme.example", {"receiving_address": "new@forms.example"}),
    ]
    job = api("admin", "POST", "/unprocessed/discard", {"ids": ["1"]}).json
    for n, route in enumerate(OTHER_ROUTES):
        statuses: dict[str, int] = {}
        for m, user in enumerate(USERS):
            if user in {"agent", "only-admin"} and (n == 0 or route.method == "DELETE"):
                # Created again, because the admin deletes them.
                for path, body in made:
                    api("admin", "PUT", path, body)
            record_id = "1"
            if "/unprocessed/{id}" in route.path or route.path == "/try":
                notified = {"notified_at": RECEIVED, "purge_after": RECEIVED}
                record_id = record_unprocessed(mail, 10 * n + m, **notified).id
            ids = {"id": record_id, "user_id": "1", "name": "1", "address": "new@acme.example"}
            ids["job_id"] = job["job_id"]
            statuses[user] = ask(api, user, route, **ids)
        allowed = {user for user, status in statuses.items() if status in {200, 201, 202, 204}}
        refused = {user for user, status in statuses.items() if status == 403}
        admins = {"admin", "only-admin"}
        expected: dict[Role, set[str]] = {
            Role.ADMIN: {*admins},
            Role.AGENT: {*admins, "agent", "other-agent"},
        }
        assert allowed == expected[route.role], named(route)
        assert refused == set(statuses) - allowed, named(route)


def test_lists(api: Api, mail: MailBucket) -> None:
    """Lists hold the cases that the user may see."""
    api("admin", "PUT", "/service-groups/open", {"name": "Open", "secured": False})
    api("admin", "PUT", "/service-groups/other", {"name": "Other"})
    groups = ("default", "other", "open", "unknown")
    cases = {record_case(mail, n, service_group=group).case_id: group for n, group in enumerate(groups)}
    for case_id in cases:
        word_index(mail).index(case_id)
    for user, seen in SEEN.items():
        if user == "nobody":
            assert api(user, "GET", "/cases").status == 403
            continue
        # A group that is not configured is found by its name, its employee or its case's number.
        listed = {cases[item["case_id"]] for item in api(user, "GET", "/cases").items}
        assert listed == seen - {"unknown"}, user
        for filters in ("employee=543457", "employee=543457&status=open", "employee=543457&q=leave", "q=leave"):
            assert {cases[item["case_id"]] for item in api(user, "GET", f"/cases?{filters}").items} == seen
        for group in groups:
            found = {cases[item["case_id"]] for item in api(user, "GET", f"/cases?service_group={group}").items}
            assert found == seen & {group}, user
        for case_id, group in cases.items():
            assert len(api(user, "GET", f"/cases?q={case_id}").items) == (group in seen), (user, group)


def test_hidden_case(api: Api, mail: MailBucket) -> None:
    """A hidden case gets the same answer as a case that does not exist."""
    case = record_case(mail, 1, service_group="other")
    assert case.email
    for route in CASE_ROUTES:
        path = route.path.format(case_id=case.case_id, email_id=case.email.email_id, n="1")
        nowhere = path.replace(case.case_id, "ZZZZZZZZZ0", 1)
        body = BODIES.get((route.method, route.path), {"case_id": case.case_id})
        assert api("agent", route.method, path, body).json == api("agent", route.method, nowhere, body).json


def test_moved_case(api: Api, mail: MailBucket) -> None:
    """A case that is moved to another group leaves one list and enters the other at once."""
    api("admin", "PUT", "/service-groups/other", {"name": "Other"})
    case = record_case(mail, 1)
    url = f"/cases/{case.case_id}"
    moved = api("agent", "PATCH", url, {"service_group": "other"}, headers={"If-Match": "*"})
    assert (moved.status, moved.json["service_group"]) == (200, "other")
    assert api("agent", "GET", url).status == 404
    assert api("agent", "PATCH", url, {"service_group": "default"}, headers={"If-Match": "*"}).status == 404
    assert api("agent", "GET", "/cases").items == []
    assert len(api("other-agent", "GET", "/cases").items) == 1


@pytest.mark.parametrize(
    ("changes", "off"),
    [
        ({"AD_HOC_ENABLED": "false", "AD_HOC_RECIPIENTS": ""}, {"/attachments"}),
        ({"CASE_CREATION_ENABLED": "false", "CASE_CREATION_RECIPIENTS": ""}, {"/mailboxes", "/user-mappings"}),
    ],
    ids=["ad hoc off", "case creation off"],
)
def test_channel_off(aws: Aws, changes: dict[str, str], off: set[str]) -> None:
    """The routes of a channel that is off answer with a conflict."""
    api = Api(aws, **changes)
    for route in ROUTES:
        path = route.path.replace("+}", "}").format(
            case_id="ZZZZZZZZZ0",
            email_id="0" * 19,
            n="1",
            id="1",
            user_id="1",
            address="a@b.example",
            name="1",
            job_id="1",
        )
        answer = api("admin", route.method, path, BODIES.get((route.method, route.path)), headers={"If-Match": "*"})
        disabled = answer.status == 409 and answer.problem == "channel_disabled"
        assert disabled == any(path.startswith(prefix) for prefix in off), path
        if disabled:
            # A missing role is reported first.
            assert api("nobody", route.method, path).status == 403
