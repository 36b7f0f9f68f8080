"""Which user may call which route."""

from typing import Any

import pytest

from tests.support.system.casework import open_case
from tests.support.system.http_api import User, problem
from tests.support.system.routes import ADMIN_ROUTES, AGENT_ROUTES, CASE_ROUTES, call, filled, named
from tests.support.system.system_client import Person, SystemClient


@pytest.fixture(scope="module")
def email_id(acme: SystemClient, case: Any) -> str:
    (entry,) = acme.history(case["case_id"])
    return str(entry["email_id"])


def test_health(acme: SystemClient) -> None:
    """The health route needs no token."""
    assert acme.anonymous.get("/health") == {"status": "ok"}
    document = acme.anonymous.get("/openapi.json")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert {(method, path) for method, path, _ in AGENT_ROUTES + ADMIN_ROUTES} <= described


def test_every_route_needs_a_role(acme: SystemClient) -> None:
    """Every route of the document needs a token and a role, also those that this file does not know."""
    for path, methods in acme.anonymous.get("/openapi.json")["paths"].items():
        if path in ("/health", "/openapi.json"):
            continue
        for method in methods:
            if method in ("get", "put", "post", "delete", "patch"):
                for user, status in ((acme.anonymous, 401), (acme.nobody, 403)):
                    response = call(user, method.upper(), filled(path), {} if method != "get" else None)
                    assert response.status_code == status, f"{method} {path}"


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer nonsense",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSIsImNvZ25pdG86Z3JvdXBzIjpbImFkbWluIl19.",
        "Basic YWRtaW46YWRtaW4=",
        "altered",
        "",
    ],
)
def test_wrong_token(acme: SystemClient, authorization: str) -> None:
    if authorization == "altered":
        token = acme.http.post("/local/token", json={"user": "nobody"}).json()["access_token"]
        admin = acme.http.post("/local/token", json={"user": "admin"}).json()["access_token"]
        authorization = "Bearer " + ".".join([*admin.split(".")[:2], token.split(".")[2]])
    response = acme.http.get("/cases", headers={"Authorization": authorization})

    assert (response.status_code, response.json()) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize(("method", "path", "body"), AGENT_ROUTES, ids=named)
def test_agents_route(acme: SystemClient, method: str, path: str, body: object) -> None:
    assert call(acme.anonymous, method, filled(path), body).status_code == 401
    problem(call(acme.nobody, method, filled(path), body), 403)
    if "{case_id}" in path:
        problem(call(acme.agent, method, filled(path), body), 404)


@pytest.mark.parametrize(("method", "path", "body"), ADMIN_ROUTES, ids=named)
def test_admins_route(acme: SystemClient, method: str, path: str, body: object) -> None:
    assert call(acme.anonymous, method, filled(path), body).status_code == 401
    problem(call(acme.nobody, method, filled(path), body), 403)
    problem(call(acme.agent, method, filled(path), body), 403)
    if "{" in path and method != "PUT":
        problem(call(acme.admin, method, filled(path), body), 404)


@pytest.mark.parametrize(("method", "path", "body"), CASE_ROUTES, ids=named)
def test_hidden_case(acme: SystemClient, case: Any, email_id: str, method: str, path: str, body: object) -> None:
    """A case of another group is not found."""
    with acme.sending() as sent:
        response = call(acme.other_agent, method, filled(path, case_id=case["case_id"], email_id=email_id), body)

    unknown = call(acme.other_agent, method, filled(path), body)
    assert problem(response, 404) == problem(unknown, 404)
    assert sent == []


def test_lists(acme: SystemClient, jo: Person) -> None:
    """Lists hold what the agent may see."""
    mine, others, open_ = open_case(acme, jo), open_case(acme, jo), open_case(acme, jo)
    acme.admin.change(others["case_id"], service_group="other")
    acme.admin.change(open_["case_id"], service_group="open")
    three = {mine["case_id"], others["case_id"], open_["case_id"]}

    def seen(user: User, **query: object) -> set[str]:
        return {each["case_id"] for each in user.get("/cases", **query)["items"]} & three

    assert seen(acme.agent) == {mine["case_id"], open_["case_id"]}
    assert seen(acme.other_agent) == {others["case_id"], open_["case_id"]}
    assert seen(acme.admin) == three
    assert seen(acme.agent, service_group="open") == {open_["case_id"]}
    assert seen(acme.agent, service_group="other") == set()
    assert seen(acme.agent, employee=jo.user_id) == {mine["case_id"], open_["case_id"]}
    assert seen(acme.other_agent, employee=jo.address.upper()) == {others["case_id"], open_["case_id"]}
    assert seen(acme.agent, q=others["number"]) == set()
    assert seen(acme.other_agent, q=others["number"]) == {others["case_id"]}
    acme.other_agent.get(f"/cases/{open_['case_id']}")
    problem(acme.agent.call("GET", f"/cases/{others['case_id']}"), 404)


def test_console_needs_no_token(acme: SystemClient) -> None:
    """The page is for everybody: it leads to the sign-in. It is never cached unchecked."""
    page = acme.anonymous.call("GET", "/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["cache-control"] == "no-cache"
    assert acme.anonymous.call("HEAD", "/").status_code == 200
    assert acme.anonymous.call("POST", "/").status_code == 405
