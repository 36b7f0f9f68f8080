"""PynamoDB models whose items have few of their attributes.

PynamoDB looks at each attribute of a model whenever it makes, reads or serialises an item, and several times. A case
can have sixty attributes, and mostly has thirty. `SparseModel` looks only at those that an item has. What it reads
and writes is what PynamoDB would.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Self

from pynamodb.attributes import Attribute, ListAttribute, MapAttribute
from pynamodb.exceptions import AttributeNullError
from pynamodb.models import Model

from email_channels.values import dataclass


class SparseModel(Model):
    """A model with neither maps nor lists, whose defaults (`default_for_new`) are fixed values."""

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """The attributes as DynamoDB's JSON. `null_check`: raises AttributeNullError if a required one is not set."""
        columns, item = columns_of(type(self)), {}
        for name, value in self.attribute_values.items():
            if value is not None:
                column = columns.by_name[name]
                content = column.attribute.serialize(value)
                if content is not None:
                    item[column.stored_name] = {column.attribute.attr_type: content}
        if null_check and (missing := columns.required.difference(item)):
            raise AttributeNullError(min(missing))
        return item

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """The item of attributes that were read, of the class that its discriminator names. Attributes that the class
        does not have are left out."""
        kind: type[Model] = cls._get_discriminator_class(data) or cls
        row = kind.__new__(kind)
        if not isinstance(row, cls):
            raise TypeError(f"a {kind.__name__} was read as a {cls.__name__}")
        columns = columns_of(kind).by_stored_name
        row.attribute_values = {
            column.name: column.attribute.deserialize(column.attribute.get_value(value))
            for stored_name, value in data.items()
            if (column := columns.get(stored_name)) is not None and "NULL" not in value
        }
        return row

    def _set_defaults(self, _user_instantiated: bool = True) -> None:
        if _user_instantiated:
            self.attribute_values |= columns_of(type(self)).defaults

    def _set_attributes(self, **attributes: Any) -> None:
        if unknown := attributes.keys() - columns_of(type(self)).by_name.keys():
            raise TypeError(f"a {type(self).__name__} has no attribute {min(unknown)}")
        self.attribute_values |= attributes


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute of a model, with its name in Python, and in the items."""

    name: str
    stored_name: str
    attribute: Attribute[Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """The attributes of a model. `required` are stored names, `defaults` the values of new items by name."""

    by_name: Mapping[str, Column]
    by_stored_name: Mapping[str, Column]
    required: frozenset[str]
    defaults: Mapping[str, Any]


@cache
def columns_of(model: type[Model]) -> Columns:
    """The attributes of a model. Raises TypeError for those that `SparseModel` cannot have."""
    attributes = model.get_attributes()
    for name, one in attributes.items():
        if isinstance(one, MapAttribute | ListAttribute) or one.default is not None or callable(one.default_for_new):
            raise TypeError(f"{model.__name__}.{name} is not for a SparseModel")
    columns = [Column(name, one.attr_name, one) for name, one in attributes.items()]
    return Columns(
        by_name={one.name: one for one in columns},
        by_stored_name={one.stored_name: one for one in columns},
        required=frozenset(one.stored_name for one in columns if not one.attribute.null),
        defaults={
            one.name: one.attribute.default_for_new for one in columns if one.attribute.default_for_new is not None
        },
    )
