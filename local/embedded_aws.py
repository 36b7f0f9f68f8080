"""The embedded AWS: moto behind an HTTP endpoint, safe for many callers at the same time.

A process can have only one at a time, because moto keeps its state in global variables. `local/saved_state.py` can save
that state.
"""

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from local.activity import Activity
from local.http.wsgi_server import WsgiServer
from local.moto_patches import (
    alarm_history,
    fast_queries,
    fast_serialization,
    fast_transactions,
    fast_values,
    fast_version_lists,
)
from local.moto_patches.bucket_cors import BucketCors, Rule
from local.moto_patches.lost_notifications import LostNotifications
from local.moto_patches.one_request_at_a_time import OneRequestAtATime

if TYPE_CHECKING:
    import boto3
    from _typeshed.wsgi import WSGIApplication

ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"
CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "aws_session_token": "local"}


class EmbeddedAws:
    """All services of AWS that the template uses, from `start` to `stop`.

    `wrap` puts a WSGI application in front of moto's, for what moto does not have (see `local/ses/emulation.py`).
    """

    def __init__(self, wrap: Callable[["WSGIApplication"], "WSGIApplication"] | None = None) -> None:
        self.region = REGION
        self.account_id = ACCOUNT_ID
        self.activity = Activity()
        self.lost_notifications = LostNotifications()
        self.bucket_cors: dict[str, list[Rule]] = {}
        self._lock = threading.Lock()
        self._wrap = wrap
        self._server: WsgiServer | None = None
        self._clients: list[Any] = []
        self._client = cache(self._make_client)
        self._undo_patches: list[Callable[[], None]] = []

    @property
    def endpoint_url(self) -> str:
        assert self._server is not None, "not started"
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

        _forget_everything()
        self._undo_patches = [
            alarm_history.install(),
            fast_queries.install(),
            fast_values.install(),
            fast_serialization.install(),
            fast_transactions.install(),
            fast_version_lists.install(),
            self.lost_notifications.install(),
        ]

        class Dispatcher(DomainDispatcherApplication):
            """Finds the backend of a host once. moto searches its modules' directories for each request, which takes
            as long as serving a small request."""

            get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)

        application: WSGIApplication = OneRequestAtATime(Dispatcher(create_backend_app), self._lock, self.activity)
        application = BucketCors(application, self.bucket_cors)
        if self._wrap is not None:
            application = self._wrap(application)
        self._server = WsgiServer(application, MotoRequestHandler)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            for client in self._clients:
                client.close()
            self._server.stop()
            for undo in self._undo_patches:
                undo()
            _forget_everything()

    def client(self, service: str) -> Any:
        """A boto3 client of the embedded AWS, made once. It ignores the user's own AWS configuration."""
        with _client_lock:
            return self._client(service)

    def take_stream_records(self, table_name: str) -> list[dict[str, Any]]:
        """The records of the table's stream since the last call, oldest first, in the form that Lambda functions get.

        They are removed from the shard. moto would keep every record for ever (DynamoDB: for a day), and the stream
        poller is the only reader. Later records keep their sequence numbers.
        """
        from moto.dynamodb.models import dynamodb_backends
        from moto.dynamodb.models.utilities import dynamo_json_dump

        with self._lock:
            table = dynamodb_backends[self.account_id][self.region].get_table(table_name)
            shard = table.stream_shard
            if shard is None or not shard.items:
                return []
            # Binary values become base64, as in Lambda's events.
            records = [json.loads(dynamo_json_dump(item.to_json())) for item in shard.items]
            shard.starting_sequence_number += len(records)
            shard.items = []
            stream_arn = f"{table.table_arn}/stream/{table.latest_stream_label}"
        for record in records:
            record |= {"awsRegion": self.region, "eventSourceARN": stream_arn}
            record["dynamodb"]["ApproximateCreationDateTime"] //= 1
        return [record for record in records if not _changed_nothing(record)]

    def stream_is_empty(self, table_name: str) -> bool:
        from moto.dynamodb.models import dynamodb_backends

        with self._lock:
            shard = dynamodb_backends[self.account_id][self.region].get_table(table_name).stream_shard
            return shard is None or not shard.items

    def queue_length(self, name: str, *, delayed: bool = True) -> int:
        """The number of messages in the queue: visible, in flight, and (unless `delayed` is false) delayed."""
        with self._lock:
            return sum(delayed or not message.delayed for message in self._messages(name))

    def queue_bodies(self, name: str) -> list[str]:
        """The bodies of all messages in the queue, oldest first."""
        with self._lock:
            return [message.body for message in self._messages(name)]

    def set_last_modified(self, bucket: str, key: str, moment: datetime) -> None:
        """Sets the time of the newest version of an object (or of its delete marker) from a saved state."""
        from moto.s3.models import s3_backends

        with self._lock:
            stored = s3_backends[self.account_id]["aws"].get_bucket(bucket).keys[key]
            stored.last_modified = moment.astimezone(UTC).replace(tzinfo=None)

    def _messages(self, queue_name: str) -> list[Any]:
        from moto.sqs.models import sqs_backends

        return cast("list[Any]", sqs_backends[self.account_id][self.region].get_queue(queue_name)._messages)

    def _make_client(self, service: str) -> Any:
        from botocore.config import Config

        # With an empty mapping, botocore uses no proxy. Without a mapping, it would use those of the environment.
        config = Config(proxies={}, retries={"mode": "standard", "max_attempts": 1}, max_pool_connections=50)
        client = new_session(self.region).client(cast("Any", service), endpoint_url=self.endpoint_url, config=config)
        self._clients.append(client)
        return client


def new_session(region: str) -> "boto3.Session":
    """A boto3 session that ignores the user's own AWS configuration."""
    import boto3
    import botocore.session

    session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    return boto3.Session(botocore_session=session, region_name=region, **CREDENTIALS)


_client_lock = threading.Lock()
"""Creating boto3 clients is not thread-safe. Using them is."""


def _changed_nothing(record: dict[str, Any]) -> bool:
    """Whether the write left the item as it was. DynamoDB writes no stream record for it, moto does."""
    change = record["dynamodb"]
    return bool(record["eventName"] == "MODIFY" and change.get("OldImage") == change.get("NewImage"))


def _forget_everything() -> None:
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()
