"""The keys that sign case references, from Secrets Manager: `{"current": "...", "previous": ["...", ...]}`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from email_channels.cases.references import SignedReference, SigningKeys, verify
from email_channels.errors import Fault

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHE_SECONDS = 300.0
# After a rotation, other processes sign with a key that this process has not read yet, so a reference that fails is
# checked again with newly read keys. The keys are read at most this often: many forged references must not cause many
# calls.
REREAD_SECONDS = 30.0


class SigningKeyStore:
    """Reads the keys when they are first needed, and caches them for CACHE_SECONDS. `clock` counts seconds."""

    def __init__(self, client: SecretsManagerClient, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._keys: SigningKeys | None = None
        self._read_at = 0.0

    def read(self) -> SigningKeys:
        """The keys. Raises Fault if the secret has the wrong format, and botocore's exceptions for AWS's faults."""
        return self._keys_not_older_than(CACHE_SECONDS)

    def genuine(self, reference: SignedReference) -> bool:
        """Whether we signed the reference. If no cached key fits, reads the keys again: they may have been rotated."""
        return verify(reference, self.read()) or verify(reference, self._keys_not_older_than(REREAD_SECONDS))

    def _keys_not_older_than(self, seconds: float) -> SigningKeys:
        now = self._clock()
        if self._keys is None or now - self._read_at >= seconds:
            answer = self._client.get_secret_value(SecretId=self._secret)
            self._keys = _read_secret(answer["SecretString"])
            self._read_at = now
        return self._keys


def _read_secret(text: str) -> SigningKeys:
    try:
        document = json.loads(text)
        current, previous = document["current"], tuple(document.get("previous", ()))
    except (ValueError, KeyError, TypeError, AttributeError):
        # The secret's value must not get into a log.
        raise Fault("the secret with the keys of case references has the wrong format") from None
    if not all(isinstance(key, str) and key for key in (current, *previous)):
        raise Fault("the secret with the keys of case references holds an empty key")
    return SigningKeys(current, previous)
