"""Where a list goes on, as text that means nothing to its reader. Knows no list.

A cursor is a mark, and a fingerprint of it together with the list it was made for: the path, the order, the filters.
So one that was changed, cut off, or meant for another list is refused. It is no secret and gives no right: whoever
makes one up begins to read somewhere else.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import msgspec

from orion_core import Problem
from orion_io.storage import Mark, Page
from orion_server.admin.answering import page_of
from orion_server.admin.endpoint import Asked
from orion_server.admin.requests import told
from orion_server.exchange import Refusal

FINGERPRINT = 9  # bytes; with them the text needs no padding
LONGEST = 2048  # characters
FREE = ("limit", "offset", "cursor", "documents")  # what may differ from page to page


def page_asked(asked: Asked) -> Page:
    """The part of a list that is asked for, by `cursor` or by `offset`.

    Raises:
        Refusal: 400, the cursor belongs to another list or to none, or stands beside an offset.
    """
    text = asked.query["cursor"]
    if text is None:
        return page_of(asked.query)
    if asked.query["offset"]:
        raise _refusal("a cursor says where the list goes on, so 'offset' cannot stand beside it")
    return Page(asked.query["limit"], 0, _mark_of(asked, text))


def cursor_of(asked: Asked, mark: Mark | None) -> str | None:
    """The text that leads on after a mark; None when there is nothing more."""
    if mark is None:
        return None
    place = msgspec.json.encode((mark.value, mark.id))
    return urlsafe_b64encode(_fingerprint(asked, place) + place).rstrip(b"=").decode()


def _mark_of(asked: Asked, text: str) -> Mark:
    try:
        whole = urlsafe_b64decode(text[:LONGEST] + "=" * (-len(text) % 4))
        fingerprint, place = whole[:FINGERPRINT], whole[FINGERPRINT:]
        value, identifier = msgspec.json.decode(place, type=tuple[int | str, str])
    except (ValueError, msgspec.DecodeError):  # also what msgspec finds of the wrong type
        raise _refusal("it is no cursor; take the 'next_cursor' of an answer as it is") from None
    instants = asked.query["sort_by"].endswith("_at")
    if fingerprint != _fingerprint(asked, place) or isinstance(value, int) is not instants:
        raise _refusal("it belongs to a list with another order or other filters; start that one without a cursor")
    return Mark(value, identifier)


def _fingerprint(asked: Asked, place: bytes) -> bytes:
    kept = sorted((name, value) for name, value in asked.query.items() if name not in FREE)
    return sha256(msgspec.json.encode((asked.endpoint.path, kept)) + place).digest()[:FINGERPRINT]


def _refusal(text: str) -> Refusal:
    problem = Problem("/cursor", text)
    return Refusal(400, "BAD_REQUEST", told([problem]), "invalid_query", [problem])
