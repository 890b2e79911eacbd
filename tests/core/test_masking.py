"""Masking: nothing that is secret by its name or place is ever shown, and a masked document may be sent back."""

from orion_core.masking import MASK, mask, mask_text, unmask

CONFIG = {
    "type": "http",
    "url": "https://user:pass@example.org/x?api_key=abc&page=2",
    "auth": {"type": "apikey", "header": "X-Key", "key": "s3cret"},
    "headers": {"x-source": "orion", "authorization": "Bearer abc"},
    "nested": [{"client_secret": "abc", "count": 3}],
    "password": None,
}


def test_secrets_are_masked_at_any_depth() -> None:
    shown = mask(CONFIG)
    assert shown == {
        "type": "http",
        "url": f"https://{MASK}@example.org/x?api_key={MASK}&page=2",
        "auth": {"type": "apikey", "header": "X-Key", "key": MASK},
        "headers": {"x-source": MASK, "authorization": MASK},
        "nested": [{"client_secret": MASK, "count": 3}],
        "password": None,
    }


def test_whatever_a_secret_is_nothing_of_it_is_shown() -> None:
    assert mask({"token": {"deep": ["abc"]}, "connection_string": 5}) == {"token": MASK, "connection_string": MASK}


def test_a_masked_document_that_is_sent_back_keeps_its_secrets() -> None:
    changed = {"auth": {"type": "apikey", "header": "X-New", "key": MASK}, "headers": {"authorization": MASK}}
    assert unmask(changed, CONFIG) == {
        "auth": {"type": "apikey", "header": "X-New", "key": "s3cret"},
        "headers": {"authorization": "Bearer abc"},
    }


def test_texts_lose_their_user_information() -> None:
    assert mask_text("cannot reach postgres://me:pw@db/x") == f"cannot reach postgres://{MASK}@db/x"


def test_a_reference_to_a_secret_is_none() -> None:
    references = {"token": "${API_TOKEN}", "password": "file:/run/secrets/db", "headers": {"x-key": "${KEY}", "x": "a"}}
    assert mask(references) == {**references, "headers": {"x-key": "${KEY}", "x": MASK}}
    assert mask({"token": "prefix-${API_TOKEN}"}) == {"token": MASK}
