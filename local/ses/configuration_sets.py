"""SES configuration sets and their event destinations (API v2). Only what the template uses is supported.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateConfigurationSetEventDestination.html
"""

import re
import threading
from typing import Any

from local.ses.errors import SesError, bad_request, not_found

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
EVENT_TYPES = frozenset({"SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "RENDERING_FAILURE"})
_UNUSED_EVENT_TYPES = frozenset({"OPEN", "CLICK", "SUBSCRIPTION"})


class ConfigurationSets:
    """The sets of each region. Arguments and results are the JSON bodies of the REST API."""

    def __init__(self) -> None:
        self._regions: dict[str, dict[str, dict[str, Any]]] = {}
        self._destinations: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def create(self, region: str, body: dict[str, Any]) -> dict[str, Any]:
        name = str(body.get("ConfigurationSetName", ""))
        if not _NAME.fullmatch(name):
            raise bad_request(f"Not a valid configuration set name: {name}")
        with self._lock:
            sets = self._regions.setdefault(region, {})
            if name in sets:
                raise SesError("AlreadyExistsException", f"Configuration set {name} already exists.")
            sets[name] = dict(body)
            self._destinations[region, name] = {}
        return {}

    def get(self, region: str, name: str) -> dict[str, Any]:
        with self._lock:
            return dict(self._existing(region, name))

    def list(self, region: str) -> dict[str, Any]:
        with self._lock:
            return {"ConfigurationSets": sorted(self._regions.get(region, {}))}

    def delete(self, region: str, name: str) -> dict[str, Any]:
        with self._lock:
            self._existing(region, name)
            del self._regions[region][name], self._destinations[region, name]
        return {}

    def add_destination(self, region: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        destination_name = str(body.get("EventDestinationName", ""))
        destination = _destination(body)
        with self._lock:
            self._existing(region, name)
            if destination_name in self._destinations[region, name]:
                raise SesError("AlreadyExistsException", f"Event destination {destination_name} already exists.")
            self._destinations[region, name][destination_name] = {"Name": destination_name} | destination
        return {}

    def update_destination(self, region: str, name: str, destination: str, body: dict[str, Any]) -> dict[str, Any]:
        new = _destination(body)
        with self._lock:
            self._existing(region, name)
            if destination not in self._destinations[region, name]:
                raise not_found(f"Event destination {destination} does not exist.")
            self._destinations[region, name][destination] = {"Name": destination} | new
        return {}

    def delete_destination(self, region: str, name: str, destination: str) -> dict[str, Any]:
        with self._lock:
            self._existing(region, name)
            if self._destinations[region, name].pop(destination, None) is None:
                raise not_found(f"Event destination {destination} does not exist.")
        return {}

    def destinations(self, region: str, name: str) -> dict[str, Any]:
        with self._lock:
            self._existing(region, name)
            return {"EventDestinations": list(self._destinations[region, name].values())}

    def published_types(self, region: str, name: str) -> frozenset[str]:
        """The event types that the set's destinations publish. Raises NotFoundException if there is no such set."""
        return frozenset(
            type_
            for destination in self.destinations(region, name)["EventDestinations"]
            if destination["Enabled"]
            for type_ in destination["MatchingEventTypes"]
        )

    def _existing(self, region: str, name: str) -> dict[str, Any]:
        found = self._regions.get(region, {}).get(name)
        if found is None:
            raise not_found(f"Configuration set {name} does not exist.")
        return found


def _destination(body: dict[str, Any]) -> dict[str, Any]:
    """The destination to store. EventBridge only: the template uses no other kind."""
    given = body.get("EventDestination")
    if not isinstance(given, dict) or not isinstance(given.get("EventBridgeDestination"), dict):
        raise bad_request("The local stack supports event destinations of the kind EventBridgeDestination only.")
    types = [str(type_) for type_ in given.get("MatchingEventTypes") or []]
    unknown = sorted(set(types) - EVENT_TYPES - _UNUSED_EVENT_TYPES)
    if unknown or not types:
        raise bad_request(f"Not event types: {', '.join(unknown) or 'none given'}")
    return {
        "Enabled": bool(given.get("Enabled", False)),
        "MatchingEventTypes": types,
        "EventBridgeDestination": given["EventBridgeDestination"],
    }
