"""Sees the calls to AWS that this process makes, and the links that it signs, before they are made."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.client import BaseClient
from botocore.exceptions import ClientError


class Judge(Protocol):
    """Raising from here is how a call is refused. There are two: the workers' and the tests'."""

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], *, signing: bool) -> None:
        """The call is about to be made; `signing`: not now, but by whoever gets the link."""

    def not_found(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """The call was answered with 404."""


def watch(judge: Judge) -> Callable[[], None]:
    """Tells `judge` of all calls of all clients from now on; the answer ends that."""
    # Private to botocore, but the places that all calls and all signed links pass.
    every: Any = BaseClient
    make, build = every._make_api_call, every._emit_api_params

    def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
        service = client.meta.service_model.endpoint_prefix
        judge.call(service, operation, parameters, signing=False)
        try:
            return make(client, operation, parameters)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                judge.not_found(service, operation, parameters)
            raise

    def emit_api_params(client: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
        if context.get("is_presign_request"):
            judge.call(client.meta.service_model.endpoint_prefix, operation_model.name, api_params, signing=True)
        return build(client, api_params, operation_model, context)

    every._make_api_call, every._emit_api_params = make_api_call, emit_api_params

    def end() -> None:
        every._make_api_call, every._emit_api_params = make, build

    return end
