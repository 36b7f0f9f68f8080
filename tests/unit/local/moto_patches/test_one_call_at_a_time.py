"""moto in this process serves one call at a time (local/moto_patches/one_call_at_a_time.py)."""

import threading
import time
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from local.moto_patches import one_call_at_a_time


def test_calls_do_not_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of several threads do not overlap; after the patch is removed, they do."""
    process = BotocoreStubber.process_request
    inside: list[int] = []
    seen: list[int] = []

    def slowly(stubber: BotocoreStubber, request: Any) -> Any:
        inside.append(1)
        time.sleep(0.01)
        seen.append(len(inside))
        try:
            return process(stubber, request)
        finally:
            inside.pop()

    def most_at_once() -> int:
        seen.clear()
        client = boto3.client("dynamodb", "eu-central-1")
        threads = [threading.Thread(target=client.list_tables) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) == 4
        return max(seen)

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(BotocoreStubber, "process_request", slowly)
    with mock_aws():
        undo = one_call_at_a_time.install()
        try:
            assert most_at_once() == 1
        finally:
            undo()
        assert most_at_once() > 1
