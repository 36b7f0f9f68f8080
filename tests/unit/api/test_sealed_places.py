"""Places in cursors that a client can neither read nor make."""

import pytest
from email_channels.api.sealed_places import is_sealed, seal, unseal
from email_channels.errors import BadRequest

KEY = b"k" * 32
PLACE = "2026-11-23T10:00:00.000Z#0123456789abcdef#7K3F92QDX0"


def test_round_trip() -> None:
    for place in (PLACE, "", "ä" * 500):
        sealed = seal(KEY, place, "list")
        assert is_sealed(sealed)
        assert unseal(KEY, sealed, "list") == place
        assert sealed.isascii()
    assert not is_sealed(PLACE)


def test_same_place() -> None:
    """The same place is sealed in the same way, so a page that has not changed has the same text."""
    assert seal(KEY, PLACE, "list") == seal(KEY, PLACE, "list")
    others = {seal(KEY, PLACE, "other"), seal(b"o" * 32, PLACE, "list"), seal(KEY, PLACE[:-1] + "1", "list")}
    assert len({one[:10] for one in (*others, seal(KEY, PLACE, "list"))}) == 4, "nothing is alike"


@pytest.mark.parametrize("place", ["", "~", "~AAAA", "~" + "A" * 21, "~" + "A" * 22, "~ä", "~=", PLACE, "~\0"])
def test_not_sealed(place: str) -> None:
    with pytest.raises(BadRequest):
        unseal(KEY, place, "list")


def test_changed() -> None:
    """A sealed place with one other character, of another key or of another list is refused."""
    sealed = seal(KEY, PLACE, "list")
    changed = [sealed[:n] + ("A" if sealed[n] != "A" else "B") + sealed[n + 1 :] for n in range(1, len(sealed) - 1)]
    for key, text, binding in [
        *((KEY, one, "list") for one in [*changed, sealed[:-4], sealed + "AAAA"]),
        (b"o" * 32, sealed, "list"),
        (KEY, sealed, "other"),
    ]:
        with pytest.raises(BadRequest):
            unseal(key, text, binding)
