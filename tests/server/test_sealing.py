"""What is sealed with a passphrase: opened by it and by nothing else."""

import pytest
from msgspec.structs import replace

from orion_server.sealing import RANDOM_BYTES, Unopened, seal, unseal

PASSPHRASE = "correct horse battery"
CONTENT = b'{"payments": {"token": "a-secret-token"}}'
SEALED = seal(CONTENT, PASSPHRASE, bytes(range(RANDOM_BYTES)))


def test_the_passphrase_opens_what_it_sealed() -> None:
    assert unseal(SEALED, PASSPHRASE) == CONTENT


def test_nothing_of_the_content_is_to_be_seen() -> None:
    shown = repr(SEALED)
    assert "secret" not in shown
    assert "payments" not in shown
    assert PASSPHRASE not in shown


def test_the_same_letters_are_the_same_passphrase_however_a_keyboard_makes_them() -> None:
    sealed = seal(CONTENT, "caf\u00e9 caf\u00e9 caf\u00e9", bytes(RANDOM_BYTES))
    assert unseal(sealed, "cafe\u0301 cafe\u0301 cafe\u0301") == CONTENT


FORGED = [  # description, what is changed
    ("another passphrase", {}),
    ("another salt", {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="}),
    ("another nonce", {"nonce": "AAAAAAAAAAAAAAAA"}),
    ("a cut nonce", {"nonce": "AAAA"}),
    ("a cut content", {"content": SEALED.content[:-8]}),
    ("no content", {"content": ""}),
    ("no base64", {"content": "not base64!"}),
    ("a changed content", {"content": "AAAA" + SEALED.content[4:]}),
]


@pytest.mark.parametrize(("description", "changed"), FORGED, ids=[row[0] for row in FORGED])
def test_what_was_changed_does_not_open(description: str, changed: dict[str, str]) -> None:
    passphrase = PASSPHRASE if changed else "correct horse batterz"
    with pytest.raises(Unopened):
        unseal(replace(SEALED, **changed), passphrase)
