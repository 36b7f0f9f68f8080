"""Shows a judge each call to AWS before this process makes it, and each link before this process signs it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.client import BaseClient
from botocore.exceptions import ClientError


class Judge(Protocol):
    """Checks calls. It refuses a call by raising an exception. Workers and tests each have a judge of their own."""

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], *, signing: bool) -> None:
        """Checks a call that is about to be made. With `signing`, the person who gets the link makes it later."""

    def not_found(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Checks a call that was answered with 404."""


def watch(judge: Judge) -> Callable[[], None]:
    """Shows `judge` all calls of all clients from now on. Returns a function that ends this."""
    # These methods are private to botocore, but all calls and all signed links go through them.
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
