"""Shows a judge all calls to AWS that this process makes, and all links that it signs, before they are made."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.client import BaseClient
from botocore.exceptions import ClientError


class Judge(Protocol):
    """Raises to refuse a call. There are two judges: that of the workers, and that of the tests."""

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], *, signing: bool) -> None:
        """A call is about to be made. With `signing`, it is made later, by the person who gets the link."""

    def not_found(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """The call was answered with 404."""


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
