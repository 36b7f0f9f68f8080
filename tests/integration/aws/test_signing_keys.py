"""The signing keys come from Secrets Manager, and may be rotated at run time."""

import json

import boto3
import pytest
from email_channels.aws import clients
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.cases.references import SignedReference, SigningKeys, signature
from email_channels.errors import Fault

from tests.support.in_process.aws import SIGNING_KEYS, Aws

CASE = "7K3F92QDX0"


class Clock:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calls(aws: Aws) -> list[str]:
    made: list[str] = []
    clients.secrets_manager().meta.events.register("before-call", lambda model, **_: made.append(model.name))
    return made


def signed_with(key: str) -> SignedReference:
    return SignedReference(CASE, signature(CASE, key))


def rotate(aws: Aws, value: object) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=aws.tag_key_secret, SecretString=json.dumps(value))


def test_cache(aws: Aws, calls: list[str], clock: Clock) -> None:
    """The keys are read once in five minutes."""
    store = SigningKeyStore(clients.secrets_manager(), aws.tag_key_secret, clock)
    assert store.read() == SigningKeys("a-key-for-tests", ("an-older-key",))
    clock.seconds += 299
    assert store.read() == SigningKeys("a-key-for-tests", ("an-older-key",))
    assert calls == ["GetSecretValue"]
    clock.seconds += 1
    store.read()
    assert calls == ["GetSecretValue"] * 2


def test_current_and_previous(aws: Aws, clock: Clock) -> None:
    """References of the current and of the previous key verify."""
    store = SigningKeyStore(clients.secrets_manager(), aws.tag_key_secret, clock)
    assert store.genuine(signed_with("a-key-for-tests"))
    assert store.genuine(signed_with("an-older-key"))
    assert not store.genuine(signed_with("somebody-else's"))


def test_new_key(aws: Aws, calls: list[str], clock: Clock) -> None:
    """If a signature does not verify, the keys are read again."""
    store = SigningKeyStore(clients.secrets_manager(), aws.tag_key_secret, clock)
    store.read()
    rotate(aws, {"current": "a-new-key", "previous": [SIGNING_KEYS["current"]]})
    clock.seconds += 29
    assert not store.genuine(signed_with("a-new-key"))
    clock.seconds += 1
    assert store.genuine(signed_with("a-new-key"))
    for _ in range(10):
        assert not store.genuine(signed_with("forged"))
    assert calls == ["GetSecretValue"] * 2


@pytest.mark.parametrize("value", [[], {}, {"current": ""}, {"current": "a", "previous": [1]}, "a", {"current": None}])
def test_malformed_secret(aws: Aws, clock: Clock, value: object) -> None:
    """A malformed secret raises an error that does not tell its value."""
    rotate(aws, value)
    with pytest.raises(Fault, match="the secret with the keys of case references"):
        SigningKeyStore(clients.secrets_manager(), aws.tag_key_secret, clock).read()
