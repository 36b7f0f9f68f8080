"""`setup` against the embedded SES and a stand-in for CloudFormation."""

import ipaddress
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from functions.setup import app
from local.embedded_aws import EmbeddedAws
from local.ses.emulation import SesEmulation

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/channels/1a2b3c4d-0000-11f0-9d3e-0a1b2c3d4e5f"
PREFIX = "email-channels-1a2b3c4d"
OWN = "email-channels-1a2b3c4d"


class CloudFormation:
    """Sends requests to the function and keeps its answers. The first `failures` deliveries of an answer fail."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.failures = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.failures:
                    receiver.failures -= 1
                    self.send_response(503)
                else:
                    receiver.answers.append(json.loads(body))
                    receiver.content_types.append(self.headers["Content-Type"])
                    self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def request(self, type_: str, resource: str, **properties: str | list[str]) -> dict[str, Any]:
        """The function's answer. CloudFormation hands over booleans and numbers as text."""
        before = len(self.answers)
        event: dict[str, Any] = {
            "RequestType": type_,
            "ResponseURL": f"http://127.0.0.1:{self._server.server_port}/answer?signature=x",
            "StackId": STACK,
            "RequestId": f"request-{before}",
            "ResourceType": resource,
            "LogicalResourceId": resource.split("::")[-1],
            "ResourceProperties": {"ServiceToken": "arn:setup", "ServiceTimeout": "900", **properties},
        }
        if type_ != "Create":
            event["PhysicalResourceId"] = self.answers[-1]["PhysicalResourceId"] if self.answers else "lost"
        app.handler(event, None)
        assert len(self.answers) == before + 1
        answer = self.answers[-1]
        assert (answer["StackId"], answer["RequestId"]) == (STACK, event["RequestId"])
        assert answer["LogicalResourceId"] == event["LogicalResourceId"]
        return answer

    def filters(self, type_: str, ranges: str) -> dict[str, Any]:
        return self.request(type_, "Custom::ReceiptFilters", FilterPrefix=PREFIX, AllowedIpRanges=ranges)

    def active(self, type_: str, name: str = OWN, own: str = "true", replace: str = "false") -> dict[str, Any]:
        return self.request(
            type_, "Custom::ActiveReceiptRuleSet", RuleSetName=name, OwnRuleSet=own, ReplaceActiveRuleSet=replace
        )


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    embedded = EmbeddedAws(lambda application: SesEmulation(application, lambda event: None))
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.fixture
def ses(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator["SESClient"]:
    """The SES client of the function, by which a test also looks at the result and acts for others in the account."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint_url)
    monkeypatch.setenv("AWS_REGION", aws.region)
    monkeypatch.setenv("AWS_DEFAULT_REGION", aws.region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    app._ses.cache_clear()
    client = app._ses()
    yield client
    client.set_active_receipt_rule_set()
    for each in client.list_receipt_rule_sets()["RuleSets"]:
        client.delete_receipt_rule_set(RuleSetName=each["Name"])
    for name in filters(client):
        client.delete_receipt_filter(FilterName=name)
    app._ses.cache_clear()


@pytest.fixture
def cloudformation(ses: "SESClient") -> Iterator[CloudFormation]:
    receiver = CloudFormation()
    yield receiver
    receiver.stop()


def filters(ses: "SESClient") -> dict[str, tuple[str, str]]:
    found = ses.list_receipt_filters()["Filters"]
    return {each["Name"]: (each["IpFilter"]["Policy"], each["IpFilter"]["Cidr"]) for each in found}


def policies(ses: "SESClient") -> list[tuple[str, str]]:
    return sorted(filters(ses).values())


def active(ses: "SESClient") -> str | None:
    return ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name")


def lets_in(there: dict[str, tuple[str, str]], address: str) -> bool:
    """SES accepts senders that an Allow filter names, and all others that no Block filter names."""
    matching = {
        policy for policy, cidr in there.values() if ipaddress.ip_address(address) in ipaddress.ip_network(cidr)
    }
    return "Allow" in matching or "Block" not in matching


# Receipt filters


def test_create_filters(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Every address is blocked, except those in the ranges."""
    answer = cloudformation.filters("Create", "192.0.2.0/24, 198.51.100.7,192.0.2.0/24")
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "ReceiptFilters"
    assert policies(ses) == [("Allow", "192.0.2.0/24"), ("Allow", "198.51.100.7/32"), ("Block", "0.0.0.0/0")]
    assert all(name.startswith(PREFIX) and len(name) <= 64 for name in filters(ses))


def test_repeated_request(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """The same request twice changes nothing."""
    cloudformation.filters("Create", "192.0.2.0/24")
    once = filters(ses)
    assert cloudformation.filters("Create", "192.0.2.0/24")["Status"] == "SUCCESS"
    assert cloudformation.filters("Update", "192.0.2.0/24")["Status"] == "SUCCESS"
    assert filters(ses) == once


def test_change_filters(ses: "SESClient", cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment during a change is everybody let in, or a remaining range refused."""
    cloudformation.filters("Create", "192.0.2.0/25,198.51.100.0/24")
    moments: list[dict[str, tuple[str, str]]] = []
    for name in ("create_receipt_filter", "delete_receipt_filter"):
        monkeypatch.setattr(ses, name, looking(getattr(ses, name), lambda: moments.append(filters(ses))))
    answer = cloudformation.filters("Update", "192.0.2.0/24,203.0.113.0/24")
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "ReceiptFilters"
    assert len(moments) == 4
    # 192.0.2.1 may deliver before and after; 10.0.0.1 never.
    assert [(lets_in(there, "192.0.2.1"), lets_in(there, "10.0.0.1")) for there in moments] == [(True, False)] * 4
    assert policies(ses) == [("Allow", "192.0.2.0/24"), ("Allow", "203.0.113.0/24"), ("Block", "0.0.0.0/0")]


def looking(call: Callable[..., object], look: Callable[[], object]) -> Callable[..., object]:
    def called(**arguments: object) -> object:
        result = call(**arguments)
        look()
        return result

    return called


def test_missing_block(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """A block that somebody deleted is created again."""
    cloudformation.filters("Create", "192.0.2.0/24")
    ses.delete_receipt_filter(FilterName=f"{PREFIX}-block-all")
    cloudformation.filters("Update", "192.0.2.0/24")
    assert not lets_in(filters(ses), "10.0.0.1")


def test_delete_filters(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Deleting removes our filters, and leaves those of others."""
    theirs = {"email-channels-9z9z9z9z-block-all": ("Block", "0.0.0.0/0"), "office": ("Allow", "203.0.113.0/24")}
    for name, (policy, cidr) in theirs.items():
        ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})  # type: ignore[typeddict-item] # a literal
    cloudformation.filters("Create", "192.0.2.0/24")
    assert cloudformation.filters("Delete", "192.0.2.0/24")["Status"] == "SUCCESS"
    assert cloudformation.filters("Delete", "192.0.2.0/24")["Status"] == "SUCCESS"
    assert filters(ses) == theirs


@pytest.mark.parametrize(
    ("ranges", "reason"),
    [
        ("", "AllowedIpRanges: at least one range of the client's mail servers is required"),
        (" , ", "AllowedIpRanges: at least one range of the client's mail servers is required"),
        ("0.0.0.0/0", "AllowedIpRanges: 0.0.0.0/0 would allow every server"),
        ("192.0.2.1/24", "AllowedIpRanges: 192.0.2.1/24 is not an IPv4 range: 192.0.2.1/24 has host bits set"),
        ("2001:db8::/32", "AllowedIpRanges: 2001:db8::/32 is not an IPv4 range: Expected 4 octets in '2001:db8::'"),
        ("mail.acme.example", "AllowedIpRanges: mail.acme.example is not an IPv4 range: Expected 4 octets in"),
        (",".join(f"10.0.{n}.0/24" for n in range(100)), "AllowedIpRanges: 100 ranges, but SES allows 99"),
    ],
)
def test_wrong_ranges(ses: "SESClient", cloudformation: CloudFormation, ranges: str, reason: str) -> None:
    answer = cloudformation.filters("Create", ranges)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(reason)
    assert filters(ses) == {}


def test_number_of_ranges(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """SES allows 100 filters in an account."""
    assert cloudformation.filters("Create", ",".join(f"10.0.{n}.0/24" for n in range(99)))["Status"] == "SUCCESS"
    assert len(filters(ses)) == 100
    # There is no room to replace all filters at once: nothing is changed.
    answer = cloudformation.filters("Update", ",".join(f"10.1.{n}.0/24" for n in range(99)))
    assert answer["Status"] == "FAILED"
    assert "99 new receipt filters are needed, and this account has 100" in answer["Reason"]
    assert len(filters(ses)) == 100
    assert lets_in(filters(ses), "10.0.98.1")


# The active rule set


@pytest.fixture
def rule_sets(ses: "SESClient") -> None:
    for name in (OWN, "theirs"):
        ses.create_receipt_rule_set(RuleSetName=name)


@pytest.mark.usefixtures("rule_sets")
class TestActiveRuleSet:
    def test_none_active(self, ses: "SESClient", cloudformation: CloudFormation) -> None:
        """If no rule set is active, ours is activated."""
        for type_ in ("Create", "Create", "Update"):
            answer = cloudformation.active(type_)
            assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Status": f"{OWN} is active"})
            assert active(ses) == OWN
        assert cloudformation.active("Delete")["Status"] == "SUCCESS"
        assert active(ses) is None
        assert cloudformation.active("Delete")["Status"] == "SUCCESS"

    def test_other_active(self, ses: "SESClient", cloudformation: CloudFormation) -> None:
        """Another active rule set is an error."""
        ses.set_active_receipt_rule_set(RuleSetName="theirs")
        answer = cloudformation.active("Create")
        assert answer["Status"] == "FAILED"
        assert answer["Reason"].startswith("The receipt rule set theirs is active in this account and region")
        assert "ReceiptRuleSetName" in answer["Reason"]
        assert "ReplaceActiveRuleSet" in answer["Reason"]
        assert active(ses) == "theirs"
        # CloudFormation then deletes what it could not create.
        assert cloudformation.active("Delete")["Status"] == "SUCCESS"
        assert active(ses) == "theirs"

    def test_replace_other(self, ses: "SESClient", cloudformation: CloudFormation) -> None:
        """Another active rule set is replaced if the parameter allows it."""
        ses.set_active_receipt_rule_set(RuleSetName="theirs")
        assert cloudformation.active("Create", replace="true")["Status"] == "SUCCESS"
        assert active(ses) == OWN

    def test_delete_after_change(self, ses: "SESClient", cloudformation: CloudFormation) -> None:
        """Deleting leaves a rule set that was activated later."""
        cloudformation.active("Create")
        ses.set_active_receipt_rule_set(RuleSetName="theirs")
        assert cloudformation.active("Delete")["Status"] == "SUCCESS"
        assert active(ses) == "theirs"

    def test_rules_in_foreign_set(self, ses: "SESClient", cloudformation: CloudFormation) -> None:
        """Our rules may be part of a rule set that somebody else owns, if it is active."""
        ses.set_active_receipt_rule_set(RuleSetName="theirs")
        answer = cloudformation.active("Create", name="theirs", own="false")
        assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Status": "theirs is active"})
        assert cloudformation.active("Delete", name="theirs", own="false")["Status"] == "SUCCESS"
        assert active(ses) == "theirs"

    def test_foreign_set_is_not_activated(self, ses: "SESClient", cloudformation: CloudFormation) -> None:
        """A rule set that somebody else owns is never activated."""
        answer = cloudformation.active("Create", name="theirs", own="false", replace="true")
        assert answer["Status"] == "SUCCESS"
        assert answer["Data"]["Status"].startswith("theirs is NOT active")
        assert active(ses) is None
        ses.set_active_receipt_rule_set(RuleSetName=OWN)
        answer = cloudformation.active("Update", name="theirs", own="false", replace="true")
        assert answer["Status"] == "FAILED"
        assert answer["Reason"].startswith(f"ReceiptRuleSetName is theirs, but {OWN} is active")
        assert active(ses) == OWN


# The console's address at the user pool


class TestConsoleAddresses:
    URL = "https://abc123.execute-api.eu-west-1.amazonaws.com/"

    @pytest.fixture
    def pool(self, aws: EmbeddedAws, ses: "SESClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        app._cognito.cache_clear()
        pool: str = aws.client("cognito-idp").create_user_pool(PoolName="agents")["UserPool"]["Id"]
        monkeypatch.setenv("USER_POOL_ID", pool)
        yield pool
        app._cognito.cache_clear()

    @pytest.fixture
    def client(self, aws: EmbeddedAws, pool: str) -> str:
        """The client as CloudFormation makes it: without the console's address."""
        made = aws.client("cognito-idp").create_user_pool_client(
            UserPoolId=pool,
            ClientName="console",
            AllowedOAuthFlows=["code"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=["openid", "email"],
            CallbackURLs=["https://console.invalid/"],
            LogoutURLs=["https://console.invalid/"],
            SupportedIdentityProviders=["COGNITO"],
            RefreshTokenValidity=8,
        )
        return str(made["UserPoolClient"]["ClientId"])

    def test_create(self, aws: EmbeddedAws, cloudformation: CloudFormation, pool: str, client: str) -> None:
        """The client returns to the console, and keeps all its other settings; a repeated request changes nothing."""
        cognito = aws.client("cognito-idp")
        before = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
        for type_ in ("Create", "Create", "Update"):
            answer = cloudformation.request(
                type_, "Custom::ConsoleAddresses", UserPoolId=pool, ClientId=client, ConsoleUrl=self.URL
            )
            assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ConsoleUrl": self.URL})
            after = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
            changing = {"CallbackURLs", "LogoutURLs", "LastModifiedDate"}
            assert (after["CallbackURLs"], after["LogoutURLs"]) == ([self.URL], [self.URL])
            assert {k: v for k, v in after.items() if k not in changing} == {
                k: v for k, v in before.items() if k not in changing
            }

    def test_delete(self, cloudformation: CloudFormation) -> None:
        """Nothing is asked at deletion: the client may be gone already."""
        answer = cloudformation.request(
            "Delete", "Custom::ConsoleAddresses", UserPoolId="gone", ClientId="gone", ConsoleUrl=self.URL
        )
        assert answer["Status"] == "SUCCESS"

    def test_unknown_client(self, cloudformation: CloudFormation, pool: str) -> None:
        """An error of Cognito fails the deployment, and is told."""
        answer = cloudformation.request(
            "Create", "Custom::ConsoleAddresses", UserPoolId=pool, ClientId="nobody", ConsoleUrl=self.URL
        )
        assert answer["Status"] == "FAILED"
        assert "ResourceNotFound" in answer["Reason"]


# What outlives the stack


class TestTagKeyValue:
    @pytest.fixture
    def secret(self, aws: EmbeddedAws, ses: "SESClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """The secret as CloudFormation makes it: without a value."""
        app._secrets_manager.cache_clear()
        monkeypatch.setenv("TAG_KEY_SECRET", "tag-key")
        made: str = aws.client("secretsmanager").create_secret(Name="tag-key")["ARN"]
        yield made
        aws.client("secretsmanager").delete_secret(SecretId=made, ForceDeleteWithoutRecovery=True)
        app._secrets_manager.cache_clear()

    def value(self, aws: EmbeddedAws, secret: str) -> str:
        return str(aws.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])

    def test_create(self, aws: EmbeddedAws, cloudformation: CloudFormation, secret: str) -> None:
        """The secret gets a key once. No later request changes it, and nor does a rotation."""
        assert cloudformation.request("Create", "Custom::TagKeyValue", SecretId=secret)["Status"] == "SUCCESS"
        first = self.value(aws, secret)
        keys = json.loads(first)
        assert (len(keys["current"]), keys["previous"]) == (64, [])
        for type_ in ("Create", "Update", "Delete"):
            assert cloudformation.request(type_, "Custom::TagKeyValue", SecretId=secret)["Status"] == "SUCCESS"
        assert self.value(aws, secret) == first
        for value in ("rotated", "rotated again", "and again"):
            aws.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=value)
        assert cloudformation.request("Update", "Custom::TagKeyValue", SecretId=secret)["Status"] == "SUCCESS"
        assert self.value(aws, secret) == "and again"

    def test_at_the_same_time(
        self, aws: EmbeddedAws, cloudformation: CloudFormation, secret: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A request that did not see the other's value does not replace it."""
        cloudformation.request("Create", "Custom::TagKeyValue", SecretId=secret)
        first = self.value(aws, secret)
        monkeypatch.setattr(app._secrets_manager(), "describe_secret", lambda **_: {})
        assert cloudformation.request("Create", "Custom::TagKeyValue", SecretId=secret)["Status"] == "SUCCESS"
        assert self.value(aws, secret) == first


class TestUserPoolGroups:
    @pytest.fixture
    def pool(self, aws: EmbeddedAws, ses: "SESClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        app._cognito.cache_clear()
        pool: str = aws.client("cognito-idp").create_user_pool(PoolName="agents")["UserPool"]["Id"]
        monkeypatch.setenv("USER_POOL_ID", pool)
        yield pool
        app._cognito.cache_clear()

    def ask(self, cloudformation: CloudFormation, type_: str, pool: str, *groups: str) -> None:
        answer = cloudformation.request(type_, "Custom::UserPoolGroups", UserPoolId=pool, Groups=[*groups])
        assert answer["Status"] == "SUCCESS", answer

    def test_members_stay(self, aws: EmbeddedAws, cloudformation: CloudFormation, pool: str) -> None:
        """Missing groups are made; those that exist keep their members, whatever becomes of the name and the stack."""
        cognito = aws.client("cognito-idp")
        cognito.create_group(UserPoolId=pool, GroupName="group.hr")  # by an admin
        cognito.admin_create_user(UserPoolId=pool, Username="kim")
        self.ask(cloudformation, "Create", pool, "agent", "admin", "group.default")
        for group in ("agent", "group.default", "group.hr"):
            cognito.admin_add_user_to_group(UserPoolId=pool, Username="kim", GroupName=group)
        self.ask(cloudformation, "Update", pool, "agent", "admin", "group.hr")
        self.ask(cloudformation, "Delete", pool, "agent", "admin", "group.hr")
        groups = cognito.admin_list_groups_for_user(UserPoolId=pool, Username="kim")["Groups"]
        assert {group["GroupName"] for group in groups} == {"agent", "group.default", "group.hr"}
        assert len(cognito.list_groups(UserPoolId=pool)["Groups"]) == 4


# Answers to CloudFormation


def test_unknown_resource(cloudformation: CloudFormation) -> None:
    answer = cloudformation.request("Create", "Custom::Coffee")
    known = " and ".join(app.RESOURCES)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"unknown resource type Custom::Coffee; known are {known}"


def test_refusals(cloudformation: CloudFormation) -> None:
    """A missing property and an error of SES are answered, too."""
    assert cloudformation.request("Create", "Custom::ReceiptFilters")["Status"] == "FAILED"
    answer = cloudformation.active("Create", name="nowhere")
    assert answer["Status"] == "FAILED"
    assert "RuleSetDoesNotExist" in answer["Reason"]


def test_long_reason(cloudformation: CloudFormation) -> None:
    """A long reason is cut to what an answer may have."""
    answer = cloudformation.filters("Create", "9" * 4000)
    assert answer["Status"] == "FAILED"
    assert len(json.dumps(answer)) < 4096


def test_content_type(cloudformation: CloudFormation) -> None:
    """The URL is signed without a content type."""
    cloudformation.filters("Create", "192.0.2.0/24")
    assert cloudformation.content_types == [""]


def test_answer_is_retried(cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed delivery of the answer is retried."""
    monkeypatch.setattr("functions.setup.app.time.sleep", lambda seconds: None)
    cloudformation.failures = app.TRIES - 1
    assert cloudformation.filters("Create", "192.0.2.0/24")["Status"] == "SUCCESS"


def test_answer_fails(cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda then calls the function again with the same request."""
    monkeypatch.setattr("functions.setup.app.time.sleep", lambda seconds: None)
    cloudformation.failures = app.TRIES
    with pytest.raises(OSError, match="503"):
        cloudformation.filters("Create", "192.0.2.0/24")
    assert cloudformation.filters("Create", "192.0.2.0/24")["Status"] == "SUCCESS"
