"""Models whose items have few of their attributes read and write as PynamoDB's own, and take less for it."""

from __future__ import annotations

from types import new_class
from typing import Any

import pytest
from email_channels.aws.sparse_model import SparseModel, columns_of
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import AttributeDeserializationError, AttributeNullError
from pynamodb.models import Model

from tests.support.function_calls import calls


class Item(SparseModel):
    class Meta:
        table_name = "table"

    pk = UnicodeAttribute(hash_key=True)
    kind = DiscriminatorAttribute()
    schema = NumberAttribute(default_for_new=1, null=True)


class Parcel(Item, discriminator="parcel"):
    owner = UnicodeAttribute()
    weight = NumberAttribute(null=True, attr_name="kg")
    tags = UnicodeSetAttribute(null=True)
    content = BinaryAttribute(legacy_encoding=False, null=True)
    route = JSONAttribute(null=True)
    opened = BooleanAttribute(null=True)


class Letter(Item, discriminator="letter"):
    pass


FULL: dict[str, Any] = {
    "pk": "1",
    "owner": "Zoe",
    "weight": 0,
    "tags": {"a"},
    "content": b"\0\xff",
    "route": {"to": ["x", None]},
    "opened": False,
}
SPARSE: dict[str, Any] = {"pk": "1", "owner": "", "weight": None, "tags": set()}


@pytest.mark.parametrize("values", [FULL, SPARSE])
def test_same_as_pynamodb(values: dict[str, Any]) -> None:
    """What is written, and what is read of it, is what PynamoDB's own methods write and read."""
    parcel = Parcel(**values)
    written = parcel.serialize()
    assert written == Model.serialize(parcel)
    assert written["kind"] == {"S": "parcel"}
    assert written["schema"] == {"N": "1"}
    read, as_pynamodb = Item.from_raw_data(written), Item._instantiate(written)
    assert type(read) is type(as_pynamodb) is Parcel
    assert read.attribute_values == as_pynamodb.attribute_values
    assert read.serialize() == written


def test_read() -> None:
    """An item that was read has no defaults, and neither unknown attributes nor those that are NULL."""
    item = {
        "pk": {"S": "1"},
        "kind": {"S": "parcel"},
        "kg": {"NULL": True},
        "weight": {"N": "2"},  # the name in Python is not that in the item
        "of_tomorrow": {"S": "x"},
    }
    assert Item.from_raw_data(item).attribute_values == {"pk": "1", "kind": Parcel}
    with pytest.raises(AttributeDeserializationError):
        Item.from_raw_data({"pk": {"N": "1"}, "kind": {"S": "parcel"}})
    with pytest.raises(TypeError, match="a Letter was read as a Parcel"):
        Parcel.from_raw_data({"pk": {"S": "1"}, "kind": {"S": "letter"}})


def test_required() -> None:
    with pytest.raises(AttributeNullError, match="owner"):
        Parcel("1").serialize()
    assert set(Parcel("1").serialize(null_check=False)) == {"pk", "kind", "schema"}


def test_unknown_attribute() -> None:
    with pytest.raises(TypeError, match="a Parcel has no attribute colour"):
        Parcel("1", colour="red")


def test_unsuitable() -> None:
    """Attributes that PynamoDB treats in another way."""
    of_lists: ListAttribute[Any] = ListAttribute(null=True)
    for one in (of_lists, UnicodeAttribute(default="x"), UnicodeAttribute(default_for_new=str)):
        model = type("Other", (Item,), {"one": one})
        with pytest.raises(TypeError, match=r"Other\.one"):
            columns_of(model)


def test_calls() -> None:
    """Attributes that an item does not have cost nothing."""
    more = {f"a{n}": UnicodeAttribute(null=True) for n in range(60)}
    many: Any = new_class("Many", (Item,), {"discriminator": "many"}, lambda body: body.update(more))

    def make_write_and_read(kind: type[Model]) -> int:
        return calls(lambda: kind.from_raw_data(kind("1", schema=2).serialize()))

    assert make_write_and_read(many) == make_write_and_read(Letter)
