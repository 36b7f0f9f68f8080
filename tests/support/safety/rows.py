"""The rows of the table of safety properties: what a property of the template must be, and why."""

from dataclasses import dataclass
from typing import Any, Final

EVERY: Final = "every "
"""`every AWS::SQS::Queue` stands for all resources of a type. A row of one resource for the same property wins."""


@dataclass(frozen=True)
class Special:
    """An expectation that is no value."""

    name: str

    def __repr__(self) -> str:
        return self.name


ABSENT: Final = Special("ABSENT")
"""The property must not be there: its default, or nothing, is what is wanted."""

ANY_TEXT: Final = Special("ANY_TEXT")
"""A text for people. Nothing depends on its words, but there must be one."""


@dataclass(frozen=True)
class Row:
    """One property of one resource, or of every resource of a type.

    `resource` is a logical id, `every <type>`, or one of the views of `view.py`, such as `Conditions`. `path` is the
    path of the property in the short form (`short_form.py`), for example `RedrivePolicy.maxReceiveCount`. Attributes
    such as `DeletionPolicy` stand beside the properties. A path may lead to an object or a list, which the row then
    covers as one. `""` stands for several properties that have one reason: `expected` is then an object with a value
    for each of their paths. `<stem>` in `expected` is the resource's name without its kind: Inbound for InboundRole.
    """

    resource: str
    path: str
    expected: Any
    why: str

    def single(self) -> "list[Row]":
        """The row, or if it is for several properties, one for each."""
        if self.path:
            return [self]
        assert isinstance(self.expected, dict), f"{self.resource}: a row without a path needs an object of paths"
        return [Row(self.resource, path, expected, self.why) for path, expected in self.expected.items()]
