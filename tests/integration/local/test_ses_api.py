"""The emulated SES, called with boto3."""

import email
import email.policy
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.embedded_aws import EmbeddedAws
from local.ses.emulation import SesEmulation

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

RAW = (
    b"From: Acme <service@acme-cases.example>\r\nTo: Jane <jane.doe@acme.example>\r\n"
    b"Subject: =?utf-8?q?=C3=9Cberstunden?=\r\n\r\nHello\r\n"
)
EVENT_BRIDGE = {"EventBusArn": "arn:aws:events:eu-west-1:123456789012:event-bus/default"}


class Ses:
    """A new emulation in front of the embedded AWS, and the events that it published."""

    def __init__(self, aws: EmbeddedAws, app: "WSGIApplication") -> None:
        self.events: list[dict[str, Any]] = []
        self.emulation = SesEmulation(app, self.events.append)
        self.v1 = aws.client("ses")
        self.v2 = aws.client("sesv2")

    def publish(self, *types: str) -> None:
        """Creates a configuration set `mail` that publishes these event types."""
        self.v2.create_configuration_set(ConfigurationSetName="mail", DeliveryOptions={"TlsPolicy": "REQUIRE"})
        self.v2.create_configuration_set_event_destination(
            ConfigurationSetName="mail",
            EventDestinationName="events",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": list(types),
                "EventBridgeDestination": EVENT_BRIDGE,
            },
        )

    def send(self, raw: bytes = RAW, **call: Any) -> str:
        return str(self.v2.send_email(Content={"Raw": {"Data": raw}}, **call)["MessageId"])

    def settled_events(self) -> list[str]:
        deadline = time.monotonic() + 10
        while self.emulation.pending() and time.monotonic() < deadline:
            time.sleep(0.005)
        assert not self.emulation.pending()
        return [event["detail-type"] for event in self.events]


class Switch:
    """WSGI middleware that passes requests to the emulation of the current test, because moto is slow to start."""

    def __init__(self) -> None:
        self.moto: WSGIApplication | None = None
        self.current: WSGIApplication | None = None

    def wrap(self, app: "WSGIApplication") -> "WSGIApplication":
        self.moto = app
        return self

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        assert self.current is not None
        return self.current(environ, start_response)


@pytest.fixture(scope="module")
def embedded() -> Iterator[tuple[EmbeddedAws, Switch]]:
    switch = Switch()
    aws = EmbeddedAws(wrap=switch.wrap)
    aws.start()
    yield aws, switch
    aws.stop()


@pytest.fixture
def ses(embedded: tuple[EmbeddedAws, Switch]) -> Iterator[Ses]:
    aws, switch = embedded
    assert switch.moto is not None
    ses = Ses(aws, switch.moto)
    switch.current = ses.emulation
    yield ses
    ses.emulation.stop()


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    error = refusal.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def test_receipt_filters(ses: Ses) -> None:
    """Receipt filters are created, listed and deleted."""
    block = {"Name": "block-all", "IpFilter": {"Policy": "Block", "Cidr": "0.0.0.0/0"}}
    allow = {"Name": "allow-0", "IpFilter": {"Policy": "Allow", "Cidr": "192.0.2.0/24"}}
    assert ses.v1.list_receipt_filters()["Filters"] == []
    ses.v1.create_receipt_filter(Filter=block)
    ses.v1.create_receipt_filter(Filter=allow)
    assert ses.v1.list_receipt_filters()["Filters"] == [block, allow]
    assert refused(ses.v1.create_receipt_filter, Filter=allow) == ("AlreadyExists", "Filter already exists: allow-0")
    for _ in range(2):
        ses.v1.delete_receipt_filter(FilterName="block-all")
    assert ses.v1.list_receipt_filters()["Filters"] == [allow]


@pytest.mark.parametrize(
    ("name", "policy", "cidr"),
    [
        ("-x", "Block", "0.0.0.0/0"),
        ("x", "Deny", "0.0.0.0/0"),
        ("x", "Block", "::/129"),
        ("x", "Block", "192.0.2.7/24"),
    ],
)
def test_refused_receipt_filters(ses: Ses, name: str, policy: str, cidr: str) -> None:
    given = {"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}}
    assert refused(ses.v1.create_receipt_filter, Filter=given)[0] == "ValidationError"


def test_hundred_filters(ses: Ses) -> None:
    """An account has at most 100 filters."""

    def filter_(number: int) -> dict[str, Any]:
        return {"Name": f"f{number}", "IpFilter": {"Policy": "Allow", "Cidr": f"192.0.2.{number}"}}

    for number in range(100):
        ses.v1.create_receipt_filter(Filter=filter_(number))
    assert refused(ses.v1.create_receipt_filter, Filter=filter_(100))[0] == "LimitExceeded"


def test_rule_sets(ses: Ses) -> None:
    """Calls about rule sets go to moto."""
    assert "Metadata" not in ses.v1.describe_active_receipt_rule_set()
    ses.v1.create_receipt_rule_set(RuleSetName="main")
    ses.v1.set_active_receipt_rule_set(RuleSetName="main")
    assert ses.v1.describe_active_receipt_rule_set()["Metadata"]["Name"] == "main"
    ses.v1.set_active_receipt_rule_set()
    assert "Metadata" not in ses.v1.describe_active_receipt_rule_set()


def test_configuration_sets(ses: Ses) -> None:
    """Configuration sets and their event destinations."""
    ses.publish("SEND", "BOUNCE")
    assert ses.v2.get_configuration_set(ConfigurationSetName="mail")["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert ses.v2.list_configuration_sets()["ConfigurationSets"] == ["mail"]
    destination = {
        "Name": "events",
        "Enabled": True,
        "MatchingEventTypes": ["SEND", "BOUNCE"],
        "EventBridgeDestination": EVENT_BRIDGE,
    }

    def destinations() -> Any:
        return ses.v2.get_configuration_set_event_destinations(ConfigurationSetName="mail")["EventDestinations"]

    assert destinations() == [destination]
    ses.v2.update_configuration_set_event_destination(
        ConfigurationSetName="mail",
        EventDestinationName="events",
        EventDestination={"Enabled": False, "MatchingEventTypes": ["SEND"], "EventBridgeDestination": EVENT_BRIDGE},
    )
    assert destinations() == [destination | {"Enabled": False, "MatchingEventTypes": ["SEND"]}]
    ses.v2.delete_configuration_set_event_destination(ConfigurationSetName="mail", EventDestinationName="events")
    assert destinations() == []
    ses.v2.delete_configuration_set(ConfigurationSetName="mail")
    assert ses.v2.list_configuration_sets()["ConfigurationSets"] == []


def test_refused_configuration_sets(ses: Ses) -> None:
    ses.v2.create_configuration_set(ConfigurationSetName="mail")
    made = ses.v2.create_configuration_set_event_destination
    sns = {"Enabled": True, "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": "arn"}}
    unknown = {"Enabled": True, "MatchingEventTypes": ["send"], "EventBridgeDestination": EVENT_BRIDGE}
    assert refused(ses.v2.create_configuration_set, ConfigurationSetName="mail")[0] == "AlreadyExistsException"
    assert refused(ses.v2.create_configuration_set, ConfigurationSetName="two words")[0] == "BadRequestException"
    assert refused(ses.v2.get_configuration_set, ConfigurationSetName="none")[0] == "NotFoundException"
    assert refused(ses.v2.delete_configuration_set, ConfigurationSetName="none")[0] == "NotFoundException"
    for destination in (sns, unknown):
        arguments = {"ConfigurationSetName": "mail", "EventDestinationName": "e", "EventDestination": destination}
        assert refused(made, **arguments)[0] == "BadRequestException"
    tracking = {"ConfigurationSetName": "mail", "CustomRedirectDomain": "acme.example"}
    assert refused(ses.v2.put_configuration_set_tracking_options, **tracking)[1].startswith(
        "The local stack does not support PUT /v2/email/configuration-sets/mail/tracking-options"
    )


def test_send(ses: Ses) -> None:
    """A sent message is in the outbox, and its events follow."""
    ses.publish("SEND", "DELIVERY", "BOUNCE", "COMPLAINT")
    id_ = ses.send(
        FromEmailAddress="Acme <service@acme-cases.example>",
        Destination={
            "ToAddresses": ["Jane <jane.doe@acme.example>"],
            "BccAddresses": ["bounce@simulator.amazonses.com"],
        },
        EmailTags=[{"Name": "kind", "Value": "ad_hoc"}, {"Name": "record", "Value": "7K3F92QDX0"}],
        ConfigurationSetName="mail",
    )
    assert ses.events == []
    [item] = ses.emulation.outbox.items()
    assert item.pop("sent_at").endswith("Z")
    assert item == {
        "id": id_,
        "from": "service@acme-cases.example",
        "to": ["jane.doe@acme.example"],
        "cc": [],
        "bcc": ["bounce@simulator.amazonses.com"],
        "subject": "Überstunden",
    }
    delivered = email.message_from_bytes(ses.emulation.outbox.raw(id_) or b"", policy=email.policy.default)
    assert delivered["Message-ID"] == f"<{id_}@eu-west-1.amazonses.com>"
    assert delivered.get_content() == "Hello\r\n"
    assert ses.settled_events() == ["Email Sent", "Email Delivered", "Email Bounced"]
    mail = ses.events[0]["detail"]["mail"]
    assert mail["messageId"] == id_
    assert mail["destination"] == ["jane.doe@acme.example", "bounce@simulator.amazonses.com"]
    assert (mail["tags"]["kind"], mail["tags"]["record"]) == (["ad_hoc"], ["7K3F92QDX0"])
    assert mail["commonHeaders"] == {
        "from": ["Acme <service@acme-cases.example>"],
        "to": ["Jane <jane.doe@acme.example>"],
        "messageId": id_,
        "subject": "Überstunden",
    }


def test_message_headers(ses: Ses) -> None:
    """Headers of the message replace missing parameters of the call."""
    ses.publish("SEND")
    ses.send(
        b"X-SES-CONFIGURATION-SET: mail\r\nX-SES-MESSAGE-TAGS: kind=alert, record=1\r\n"
        b"Bcc: boss@acme.example\r\nCc: hr@acme.example\r\n" + RAW
    )
    [item] = ses.emulation.outbox.items()
    assert (item["to"], item["cc"], item["bcc"]) == (
        ["jane.doe@acme.example"],
        ["hr@acme.example"],
        ["boss@acme.example"],
    )
    assert ses.settled_events() == ["Email Sent"]
    tags = ses.events[0]["detail"]["mail"]["tags"]
    assert (tags["kind"], tags["record"]) == (["alert"], ["1"])
    assert "bcc" not in str(ses.events[0]["detail"]["mail"]["headers"]).lower()


def test_recipients(ses: Ses) -> None:
    """The recipients are those of the call, with the roles that the message shows."""
    raw = b"Cc: hr@acme.example, not.sent@acme.example\r\n" + RAW
    ses.send(raw, Destination={"ToAddresses": ["JANE.DOE@acme.example", "hr@acme.example", "jane.doe@acme.example"]})
    [item] = ses.emulation.outbox.items()
    assert (item["to"], item["cc"], item["bcc"]) == (["JANE.DOE@acme.example"], ["hr@acme.example"], [])


def test_repeated_call(ses: Ses) -> None:
    """The same call twice sends two messages."""
    assert ses.send() != ses.send()
    assert len(ses.emulation.outbox.items()) == 2


def test_no_configuration_set(ses: Ses) -> None:
    """Without a configuration set there are no events."""
    ses.send()
    assert ses.emulation.pending() == 0
    assert ses.settled_events() == []


def test_disturbed_events(ses: Ses) -> None:
    """Events can be doubled and reversed."""
    ses.publish("SEND", "DELIVERY", "COMPLAINT")
    ses.emulation.event_order(doubled=True, reversed_=True)
    ses.send(Destination={"ToAddresses": ["complaint@simulator.amazonses.com"]}, ConfigurationSetName="mail")
    assert ses.settled_events() == [
        type_ for type_ in ("Email Complaint Received", "Email Delivered", "Email Sent") for _ in range(2)
    ]
    assert ses.events[0] == ses.events[1]


def test_infected_message(ses: Ses) -> None:
    """An infected message is accepted, and never delivered."""
    ses.publish("SEND", "REJECT", "DELIVERY")
    ses.send(
        RAW + rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
        ConfigurationSetName="mail",
    )
    assert ses.settled_events() == ["Email Sent", "Email Rejected"]
    assert ses.emulation.outbox.items() == []


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ({"Content": {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}}, "BadRequestException"),
        ({"ConfigurationSetName": "none"}, "NotFoundException"),
        ({"EmailTags": [{"Name": "kind", "Value": "two words"}]}, "BadRequestException"),
        ({"FromEmailAddress": "nobody"}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["jane.doe@acme.example", "nobody"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["jörg@acme.example"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["a@b.example\r\nBcc: c@d.example"]}}, "BadRequestException"),
        ({"Destination": {"CcAddresses": [f"a{n}@acme.example" for n in range(51)]}}, "BadRequestException"),
        ({"Content": {"Raw": {"Data": b"From: a@b.example\r\n\r\nNobody to send to"}}}, "BadRequestException"),
        ({"Content": {"Raw": {"Data": b"From: nobody\r\nTo: a@b.example\r\n\r\n"}}}, "BadRequestException"),
    ],
)
def test_refused_calls(ses: Ses, call: dict[str, Any], code: str) -> None:
    """A refused call leaves nothing."""
    arguments = {"Content": {"Raw": {"Data": RAW}}} | call
    assert refused(ses.v2.send_email, **arguments)[0] == code
    assert ses.emulation.outbox.items() == []


def test_fifty_recipients(ses: Ses) -> None:
    """Fifty recipients are accepted."""
    ses.send(Destination={"BccAddresses": [f"a{n}@acme.example" for n in range(50)]})
    assert len(ses.emulation.outbox.items()[0]["bcc"]) == 50


def test_old_api(ses: Ses) -> None:
    """Sending through the old API is refused, so that no email is lost."""
    code, why = refused(ses.v1.send_raw_email, RawMessage={"Data": RAW})
    assert (code, why) == ("InvalidAction", "The local stack sends through SES API v2 only, not by SendRawEmail.")


def test_concurrent_sends(ses: Ses) -> None:
    ses.publish("SEND", "DELIVERY")
    threads = [threading.Thread(target=ses.send, kwargs={"ConfigurationSetName": "mail"}) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({item["id"] for item in ses.emulation.outbox.items()}) == 20
    assert sorted(ses.settled_events()) == ["Email Delivered"] * 20 + ["Email Sent"] * 20
