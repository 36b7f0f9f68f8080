"""The embedded AWS: moto behind an HTTP endpoint, made safe for many callers at once.

A process has one at a time: moto keeps its state in globals, in memory. `local/saved_state.py` can save that state.
"""

import io
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from local.http.wsgi_server import WsgiServer
from local.moto_patches import fast_queries, fast_serialization

if TYPE_CHECKING:
    import boto3
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"
CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "aws_session_token": "local"}

_READS = ("Get", "Describe", "List", "Query", "Scan", "BatchGet", "Receive")
_RECEIVE = "AmazonSQS.ReceiveMessage"


class EmbeddedAws:
    """`wrap` puts a WSGI application in front of moto's, for what moto lacks (see `local/ses/emulation.py`)."""

    def __init__(self, wrap: Callable[["WSGIApplication"], "WSGIApplication"] | None = None) -> None:
        self.region = REGION
        self.account_id = ACCOUNT_ID
        self.activity = Activity()
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
        self._undo_patches = [fast_queries.install(), fast_serialization.install()]

        class Dispatcher(DomainDispatcherApplication):
            """moto looks through its modules' directories for each request, which takes as long as a small one."""

            get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)

        application: WSGIApplication = _OneAtATime(Dispatcher(create_backend_app), self._lock, self.activity)
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
        """A boto3 client of the embedded AWS, made once, whatever the person's own AWS configuration says."""
        with _client_lock:
            return self._client(service)

    def take_stream_records(self, table_name: str) -> list[dict[str, Any]]:
        """The records of the table's stream since the last call, oldest first, as a Lambda function gets them.

        They are taken off the shard: moto keeps every record for ever, DynamoDB for a day, and the stream pump is the
        only reader. What is left keeps its sequence numbers.
        """
        from moto.dynamodb.models import dynamodb_backends
        from moto.dynamodb.models.utilities import dynamo_json_dump

        with self._lock:
            table = dynamodb_backends[self.account_id][self.region].get_table(table_name)
            shard = table.stream_shard
            if shard is None or not shard.items:
                return []
            # Binary values become base64, as Lambda has them.
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

    def queue_length(self, name: str) -> int:
        """Messages in the queue: visible, in flight and delayed ones."""
        with self._lock:
            return len(self._messages(name))

    def queue_bodies(self, name: str) -> list[str]:
        """The bodies of the same messages, oldest first."""
        with self._lock:
            return [message.body for message in self._messages(name)]

    def set_last_modified(self, bucket: str, key: str, moment: datetime) -> None:
        """For an object that is put back as it was."""
        from moto.s3.models import s3_backends

        with self._lock:
            stored = s3_backends[self.account_id]["aws"].get_object(bucket, key)
            assert stored is not None
            stored.last_modified = moment.astimezone(UTC).replace(tzinfo=None)

    def _messages(self, queue_name: str) -> list[Any]:
        from moto.sqs.models import sqs_backends

        return cast("list[Any]", sqs_backends[self.account_id][self.region].get_queue(queue_name)._messages)

    def _make_client(self, service: str) -> Any:
        from botocore.config import Config

        # An empty mapping of proxies, as opposed to none, keeps botocore from the environment's.
        config = Config(proxies={}, retries={"mode": "standard", "max_attempts": 1}, max_pool_connections=50)
        client = new_session(self.region).client(cast("Any", service), endpoint_url=self.endpoint_url, config=config)
        self._clients.append(client)
        return client


def new_session(region: str) -> "boto3.Session":
    """A session that takes nothing from the person's own AWS configuration."""
    import boto3
    import botocore.session

    session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    return boto3.Session(botocore_session=session, region_name=region, **CREDENTIALS)


_client_lock = threading.Lock()
"""Making boto3 clients is not thread-safe; using them is."""


class Activity:
    """Counts what was written to each service, so that whoever waits for work need not poll for it."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._changed = threading.Condition()

    def note(self, service: str) -> None:
        with self._changed:
            self._counts[service] += 1
            self._changed.notify_all()

    def count(self, *services: str) -> int:
        """Writes so far to these services; without any, to all."""
        with self._changed:
            return self._count(services)

    def wait(self, services: tuple[str, ...], seen: int, timeout: float) -> int:
        """Returns the count as soon as it differs from `seen`, at the latest after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._count(services) != seen, timeout)
            return self._count(services)

    def _count(self, services: tuple[str, ...]) -> int:
        return sum(self._counts[service] for service in services or self._counts)


class _OneAtATime:
    """Lets one request into moto at a time: its conditional writes, its transactions and its queues are not safe
    among threads, and lose writes and messages. Little is lost by it, as Python runs one thread at a time anyway."""

    def __init__(self, application: "WSGIApplication", lock: threading.Lock, activity: Activity) -> None:
        self._application = application
        self._lock = lock
        self._activity = activity

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        answer = self._receive(environ) if target == _RECEIVE else self._one(environ)
        service = _written_service(environ, target)
        if service is not None:
            self._activity.note(service)
        status, headers, content = answer
        start_response(status, headers)
        return [content]

    def _one(self, environ: "WSGIEnvironment") -> tuple[str, list[tuple[str, str]], bytes]:
        from werkzeug.test import run_wsgi_app

        with self._lock:
            chunks, status, headers = run_wsgi_app(self._application, environ, buffered=True)
            return status, list(headers), b"".join(chunks)

    def _receive(self, environ: "WSGIEnvironment") -> tuple[str, list[tuple[str, str]], bytes]:
        """Long polling, which moto would do inside, with the lock held."""
        request = json.loads(environ["wsgi.input"].read() or b"{}")
        deadline = time.monotonic() + int(request.get("WaitTimeSeconds", 0))
        body = json.dumps({**request, "WaitTimeSeconds": 0}).encode()
        while True:
            seen = self._activity.count("sqs", "s3")
            answer = self._one({**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
            left = deadline - time.monotonic()
            if left <= 0 or not answer[0].startswith("200") or b'"Messages"' in answer[2]:
                return answer
            # A message also comes back by itself, when its visibility time-out ends.
            self._activity.wait(("sqs", "s3"), seen, min(left, 1.0))


def _written_service(environ: "WSGIEnvironment", target: str) -> str | None:
    """The service that this request wrote to, None if it only read, or took from a queue."""
    service, _, operation = target.partition(".")
    if not target:
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
        signed_for = scope[3] if len(scope) > 3 else "s3"
        return None if environ["REQUEST_METHOD"] in {"GET", "HEAD"} else signed_for
    if operation.startswith(_READS) or (service == "AmazonSQS" and operation.startswith("Delete")):
        return None
    return {"AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb"}.get(service, service)


def _changed_nothing(record: dict[str, Any]) -> bool:
    """DynamoDB writes no record for a write that leaves the item as it was; moto does."""
    change = record["dynamodb"]
    return bool(record["eventName"] == "MODIFY" and change.get("OldImage") == change.get("NewImage"))


def _forget_everything() -> None:
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()
