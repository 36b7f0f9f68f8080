from __future__ import annotations

import pytest
from email_channels.cases.references import (
    ALPHABET,
    BareReference,
    SignedReference,
    SigningKeys,
    bare_references,
    case_number,
    case_reference,
    encode,
    plus_address,
    plus_address_reference,
    random_id,
    read_case_id,
    subject_references,
    verify,
    with_case_reference,
)

KEYS = SigningKeys("key of today", ("key of yesterday",))


def test_a_number_is_the_id_in_groups() -> None:
    assert case_number("7K3F92QDX0") == "7K3F-92QD-X0"


def test_random_ids_have_the_form_of_ids() -> None:
    ids = {random_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(read_case_id(case_id) == case_id for case_id in ids)


def test_encoding_takes_the_first_bits() -> None:
    assert encode(b"\xff" * 7) == "ZZZZZZZZZZ"
    assert encode(b"\x00" * 7) == "0000000000"
    assert encode(bytes([0b00001_000, 0b10_00011_0, 0b0100_0010, 0b1_0011000, 0, 0, 0]), 4) == "1234"
    with pytest.raises(ValueError, match="50 bits"):
        encode(b"short")


@pytest.mark.parametrize("typed", ["7K3F92QDX0", "7k3f-92qd-x0", "#7K3F-92QD-X0", "[#7k3f92qdxo]", " 7K3F 92QD XO "])
def test_a_case_id_is_read_however_it_is_typed(typed: str) -> None:
    assert read_case_id(typed) == "7K3F92QDX0"


@pytest.mark.parametrize("typed", ["", "7K3F", "7K3F92QDXU", "7K3F92QDX00", "äöüäöüäöüä", "7K3F92QDX\0"])
def test_what_is_no_case_id_is_none(typed: str) -> None:
    assert read_case_id(typed) is None


def test_a_case_reference_is_found_and_verified_whatever_surrounds_it() -> None:
    text = case_reference("7K3F92QDX0", KEYS)
    assert text.startswith("[#7K3F92QDX0-")
    for subject in (f"AW: Re: Leave {text}", text.lower(), f"{text} {text}"):
        (reference,) = subject_references(subject)
        assert reference.case_id == "7K3F92QDX0"
        assert verify(reference, KEYS)


def test_references_of_a_replaced_key_still_verify_and_of_an_unknown_one_do_not() -> None:
    (old,) = subject_references(case_reference("7K3F92QDX0", SigningKeys("key of yesterday")))
    (foreign,) = subject_references(case_reference("7K3F92QDX0", SigningKeys("somebody's guess")))
    assert verify(old, KEYS)
    assert not verify(foreign, KEYS)


def test_no_altered_signature_verifies() -> None:
    (reference,) = subject_references(case_reference("7K3F92QDX0", KEYS))
    right = reference.signature.lower()
    for place in range(len(right)):
        for char in ALPHABET.lower():
            altered = right[:place] + char + right[place + 1 :]
            assert verify(SignedReference("7K3F92QDX0", altered), KEYS) == (altered == right)
    assert not verify(SignedReference("7K3F92QDX1", right), KEYS)


def test_a_subject_gets_one_case_reference_only() -> None:
    once = with_case_reference("Re: Leave", "7K3F92QDX0", KEYS)
    assert once == f"Re: Leave {case_reference('7K3F92QDX0', KEYS)}"
    assert with_case_reference(once, "7K3F92QDX0", KEYS) == once
    other = with_case_reference(once, "0000000000", KEYS)
    assert [reference.case_id for reference in subject_references(other)] == ["0000000000"]
    assert with_case_reference("", "7K3F92QDX0", KEYS) == case_reference("7K3F92QDX0", KEYS)


def test_a_plus_address_is_read_from_the_address_only_in_our_form() -> None:
    tagged = plus_address("answers@acme.example", "7K3F92QDX0", KEYS)
    assert tagged.startswith("answers+7k3f92qdx0-")
    reference = plus_address_reference(tagged)
    assert reference is not None
    assert reference.case_id == "7K3F92QDX0"
    assert verify(reference, KEYS)
    assert plus_address_reference("answers@acme.example") is None
    assert plus_address_reference("answers+newsletter@acme.example") is None
    assert plus_address_reference("no address") is None


def test_bare_numbers_are_found_in_every_shape_and_words_are_not_taken_seriously() -> None:
    subject = "Re: department about 7k3f92qdx0, #7K3F-92QD-X1 [7K3F92QDX2] and [#7K3F92QDX3-h4q]"
    assert bare_references(subject) == (
        BareReference("DEPARTMENT", explicit=False),
        BareReference("7K3F92QDX0", explicit=True),
        BareReference("7K3F92QDX1", explicit=True),
        BareReference("7K3F92QDX2", explicit=True),
        BareReference("7K3F92QDX3", explicit=True),
    )


def test_a_telephone_number_is_not_taken_for_a_case_that_should_exist() -> None:
    assert bare_references("Call 0151234567") == (BareReference("0151234567", explicit=False),)
    assert bare_references("Order 015123456789, id 7K3F92QDX0A, x7K3F92QDX0") == ()
