"""From a request to the message its channel works on: media type, body, metadata. Knows no workflow.

What the server states in `metadata` cannot be forged: its names are taken away from whatever the client sent.
"""

from typing import Any
from urllib.parse import parse_qsl

import cython
import msgspec

from orion_core.documents import DocumentError, check_depth, decode_checked, new_allowance
from orion_core.failures import INVALID_DATA, INVALID_JSON, INVALID_PATH, UNSUPPORTED_MEDIA_TYPE, Failure
from orion_core.message import Message, Payload, new_message, new_payload
from orion_core.protocol import Request
from orion_core.wall import rfc3339

ENGINE_VERSION = "orion-0.1"
MAX_QUERY_FIELDS = 1000
SERVER_FACTS = (
    "http_method", "params", "query", "headers", "processed_at", "engine_version", "channel", "progress",
)  # fmt: skip


class Envelope(msgspec.Struct):
    """The body of a data request; `data` is kept as it came."""

    data: msgspec.Raw
    metadata: object = None


_decode_envelope = msgspec.json.Decoder(Envelope).decode
EMPTY_BODY = b"{}"


class Refused(Exception):
    """A request that no workflow should see; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


@cython.ccall
def take_in(
    request: Request,
    channel: str,
    parameters: dict[str, Any],
    max_depth: cython.int,
    max_bytes: cython.longlong,
) -> Message:
    """Build the message of a request.

    Args:
        request: The request, its channel found.
        channel: The channel's name.
        parameters: Path parameters.
        max_depth: Depth limit of the body.
        max_bytes: How much the message may grow by, in bytes.

    Raises:
        Refused: Wrong media type (RFC 9110 section 15.5.16), or a body or query that cannot be read.
    """
    payload: Payload
    client_metadata: object = None
    if request.body:
        check_media_type(request.headers)
        payload, client_metadata = _read_body(request.body, max_depth)
    else:
        payload = new_payload(EMPTY_BODY, {}, max_depth)
    metadata: dict[str, Any] = {}
    if type(client_metadata) is dict and client_metadata:
        metadata = cython.cast(dict, client_metadata)
        for name in SERVER_FACTS:
            metadata.pop(name, None)
    metadata["http_method"] = request.method
    if parameters:
        metadata["params"] = parameters
    if request.query:
        metadata["query"] = read_query(request.query)
    metadata["headers"] = request.headers
    state_facts(metadata, channel, request.received_at)
    return new_message(payload, metadata, new_allowance(max_bytes))


@cython.ccall
def state_facts(metadata: dict[str, Any], channel: str, received_at: cython.double) -> None:
    """Write what the server itself knows of every message, however it came."""
    metadata["processed_at"] = rfc3339(received_at)
    metadata["engine_version"] = ENGINE_VERSION
    metadata["channel"] = channel


@cython.cfunc
def _read_body(body: bytes, max_depth: cython.int) -> tuple[Any, ...]:
    try:
        check_depth(body, max_depth)
        envelope = _decode_envelope(body)
        return new_payload(envelope.data, decode_checked(envelope.data), max_depth), envelope.metadata
    except msgspec.ValidationError as error:
        failure = Failure(INVALID_DATA, f"Invalid JSON body: {_plain(error)}")
    except (msgspec.MsgspecError, UnicodeError, DocumentError) as error:
        failure = Failure(INVALID_JSON, f"Invalid JSON body: {error}")
    raise Refused(failure)


def _plain(error: Exception) -> str:
    return str(error).replace("`", "'")


@cython.ccall
def check_media_type(headers: dict[str, Any]) -> None:
    """Refuse a body that is not JSON by its media type: `application/json` or any `+json` (RFC 6839)."""
    if "content-encoding" in headers and headers["content-encoding"].lower() != "identity":
        raise Refused(Failure(UNSUPPORTED_MEDIA_TYPE, "Content-Encoding must be identity: a body is read as it comes"))
    media_type = headers.get("content-type", "")
    if media_type == "application/json":
        return
    essence = media_type.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return
    message = "Content-Type must be application/json for requests with a body"
    raise Refused(Failure(UNSUPPORTED_MEDIA_TYPE, message))


def read_query(query: str) -> dict[str, str]:
    """A query string as members; of a repeated one, the last.

    Raises:
        Refused: It has more than a thousand fields, or is not percent-encoded UTF-8.
    """
    try:
        fields = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS)
    except ValueError as error:
        text = "not percent-encoded UTF-8" if isinstance(error, UnicodeError) else "too many fields"
        raise Refused(Failure(INVALID_PATH, f"Invalid query string: {text}")) from None
    return dict(fields)
