"""The routing: all topics and service groups. There are few of them, so one item holds them all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import RoutingRow, routing_of, routing_row
from email_channels.aws.rows.table import Row, read_row, version_of
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.cases.audit.records import AuditRecord
from email_channels.cases.routing import Routing
from email_channels.errors import Conflict

# DynamoDB limits an item to 400 KB.
MAX_BYTES = 380_000
# The lists of agents may use a routing that was read up to this long ago.
CACHE_SECONDS = 5.0


class RoutingStore:
    """Reads and changes the routing. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self) -> None:
        self._cached: tuple[float, Routing] | None = None

    def read(self) -> Routing:
        """The routing, read consistently."""
        return self.keep(read_row(keys.routing(), RoutingRow))

    @property
    def is_recent(self) -> bool:
        """Whether `recent` needs no call."""
        return self._cached is not None and time.monotonic() - self._cached[0] <= CACHE_SECONDS

    def recent(self) -> Routing:
        """The routing as read at most CACHE_SECONDS ago. Newer changes by other processes may be missing."""
        if self._cached is None or not self.is_recent:
            return self.read()
        return self._cached[1]

    def keep(self, row: Row | None) -> Routing:
        """The routing of an item that the caller read together with other items. Caches it for `recent`."""
        routing = routing_of(row if isinstance(row, RoutingRow) else None)
        self._cached = (time.monotonic(), routing)
        return routing

    def change(self, change: Callable[[Routing], tuple[Routing, AuditRecord]]) -> Routing:
        """Changes the current routing with the function `change`, which also returns the audit record of the change.

        Returns the new routing. Writes nothing if it is the current one. `change` may raise an exception to refuse. It
        is called again after a concurrent change. Raises Conflict if the new routing is too large.
        """
        self._cached = None
        return retry_on_conflict(lambda: self._change(change))

    def _change(self, change: Callable[[Routing], tuple[Routing, AuditRecord]]) -> Routing:
        old = read_row(keys.routing(), RoutingRow)
        current = routing_of(old)
        routing, record = change(current)
        if routing == current:
            return routing
        version = version_of(old) if old else 0
        new = routing_row(routing, version + 1, old)
        if len(json.dumps([new.topics, new.service_groups])) > MAX_BYTES:
            raise Conflict("There are too many topics and service groups: together they may take 380 KB.")
        with audited_transaction(record) as transaction:
            transaction.save(new, condition=RoutingRow.version == version if old else Row.pk.does_not_exist())
        return routing
