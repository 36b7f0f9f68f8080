"""The caller of the API, as read from the claims of the token."""

from datetime import UTC, datetime

import pytest
from email_channels.api.access import Caller, Role, caller_of
from email_channels.api.known_people import meet
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.cases.people.person import Person
from email_channels.errors import Forbidden

from tests.support.function_calls import calls

CLAIM = "cognito:groups"


def caller(groups: object, **claims: object) -> Caller:
    return caller_of({CLAIM: groups, **claims}, CLAIM)


@pytest.mark.parametrize(
    ("claim", "roles", "groups"),
    [
        (["agent", "group.default"], {"agent"}, {"default"}),
        (["agent", "admin", "group.default", "group.Pay_UK-2"], {"agent", "admin"}, {"default", "Pay_UK-2"}),
        # a blank or a comma in the name of a group
        (["HR admin", "admin HR", " admin", "agents, admin", "x group.a"], set(), set()),
        ([["admin"]], set(), set()),
        # as pre-token triggers write them
        ("agent", {"agent"}, set()),
        ("agent,group.a", {"agent"}, {"a"}),
        (" agent , group.a,, admin", {"agent", "admin"}, {"a"}),
        ("HR admin,agent", {"agent"}, set()),
        ("\u2003admin,\u00a0admin,agent\u200a,\tagent,admin\n", set(), set()),
        ("agent group.a", set(), set()),
        # as Cognito writes an attribute of several values
        ("[agent, group.a]", {"agent"}, {"a"}),
        ("[agent group.a]", set(), set()),
        ("[admin]", {"admin"}, set()),
        ("[]", set(), set()),
        ("", set(), set()),
        (None, set(), set()),
        (7, set(), set()),
        (["agent", 7, None], {"agent"}, set()),
        ("Agent,ADMIN,agents,group.", set(), {""}),
        (["group.agent", "group.admin"], set(), {"agent", "admin"}),
        ("[[agent]]", set(), set()),
    ],
)
def test_roles_and_groups(claim: object, roles: set[str], groups: set[str]) -> None:
    found = caller(claim)
    assert (found.roles, found.groups) == (frozenset(map(Role, roles)), frozenset(groups))


def test_other_claims() -> None:
    """Only the claim that the deployment names gives roles."""
    assert caller_of({"groups": ["admin"], "roles": ["agent"]}, CLAIM).roles == frozenset()
    assert caller_of({"https://acme.example/groups": ["agent"]}, "https://acme.example/groups").roles == {Role.AGENT}


def test_user_name() -> None:
    """The user is shown by user name, else by email address, else as unknown."""
    assert caller("", sub="1", email="jo@acme.example").user == "jo@acme.example"
    assert caller("", sub="1", username="jo", email="jo@acme.example", name=" Jo Doe ").user == "jo"
    known = caller("", sub="1", name=" Jo Doe ", email="jo@acme.example")
    assert (known.subject, known.name, known.email) == ("1", "Jo Doe", "jo@acme.example")
    nobody = caller("", sub=5, name="")
    assert (nobody.user, nobody.subject, nobody.name, nobody.email) == ("unknown", "unknown", None, None)


def test_require() -> None:
    """An admin may do all that an agent may do."""
    caller("[admin]").require(Role.AGENT)
    caller("[admin]").require(Role.ADMIN)
    caller("[agent]").require(Role.AGENT)
    for claim, role in (("[agent]", Role.ADMIN), ("[group.default]", Role.AGENT), ("", Role.AGENT)):
        with pytest.raises(Forbidden, match=role.value):
            caller(claim).require(role)


def test_sees() -> None:
    """Agents see their own groups and unsecured groups; admins see all."""
    agent = caller(["agent", "group.own"])
    assert [agent.sees(group, frozenset({"open"})) for group in ("own", "open", "other", "")] == [
        True,
        True,
        False,
        False,
    ]
    assert caller("[admin]").sees("other", frozenset())


class NoStore(PersonStore):
    """Knows everybody."""

    def meet(self, person: Person) -> Person:
        return person


@pytest.mark.parametrize("form", [list, ",".join])
def test_calls(form: type[list[str]]) -> None:
    """Each request reads the token, so each group in it costs one call of a function at most."""
    store, now = NoStore(), datetime(2026, 11, 30, tzinfo=UTC)

    def calls_with(groups: int) -> int:
        claim = form(["agent", *(f"group.team-{n}" for n in range(groups))])
        assert len(meet(caller(claim), store, now).groups) == groups
        return calls(lambda: meet(caller(claim), store, now))

    assert calls_with(220) - calls_with(20) <= 200
