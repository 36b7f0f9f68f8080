"""The actions that something in a deployment needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actions:
    """The actions on one resource. What names no service is of `service`.

    `arn` is that of the resource, after `arn:aws:`: `{made}` is the name that CloudFormation makes of stack and logical
    id, and `{Name}` the value of the property `Name`. `anywhere` are actions that AWS does not limit to a resource.
    """

    service: str
    arn: str
    create: str
    update: str = ""
    delete: str = ""
    read: str = ""
    anywhere: str = ""

    def on_resource(self) -> set[str]:
        return self._named(f"{self.create} {self.update} {self.delete} {self.read}")

    def on_anything(self) -> set[str]:
        return self._named(self.anywhere)

    def deleting(self) -> set[str]:
        return self._named(self.delete)

    def _named(self, actions: str) -> set[str]:
        return {each if ":" in each else f"{self.service}:{each}" for each in actions.split()}
