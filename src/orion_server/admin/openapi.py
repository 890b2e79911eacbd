"""Makes the OpenAPI 3.1 document of the whole server from the table of endpoints and the declared types.

Describes; answers nothing. https://spec.openapis.org/oas/v3.1.1
"""

import re
from collections.abc import Iterable

from orion_server.admin.endpoint import Content, Endpoint, Operation, Parameter
from orion_server.admin.reports import ErrorEnvelope, ProblemDetails
from orion_server.admin.schemas import REF, Json, schemas
from orion_server.problem_details import PROBLEM_JSON

TAGS = {
    "Workflows": "Conditional, ordered lists of tasks, in versions.",
    "Channels": "Service endpoints: a route or topic, governance, and the workflow that answers.",
    "Connectors": "Named ways to outside systems; their secrets are never shown.",
    "Engine": "What runs.",
    "Functions": "What tasks may do.",
    "Backup": "Definitions on their way between servers: bundles, backups.",
    "Audit": "Who did what.",
    "Traces": "Records of executions.",
    "Dead letters": "Asynchronous requests that failed: tried again, or given up and kept.",
    "Data": "Requests to channels.",
    "Operations": "Health and documentation.",
}
REFUSALS = {
    400: ("BadRequest", "The request cannot be understood, or the definition is not sound; `problems` says where."),
    401: ("Unauthorized", "Credentials are missing or wrong."),
    403: ("Forbidden", "The key may only read, or the origin is not allowed."),
    404: ("NotFound", "Nothing is there."),
    405: ("MethodNotAllowed", "The path answers other methods; `Allow` names them."),
    408: ("TooSlow", "The content did not come in time."),
    409: ("Conflict", "It exists already, or something else needs it as it is."),
    413: ("PayloadTooLarge", "The content is larger than the limit."),
    415: ("UnsupportedMediaType", "The content is not JSON by its media type."),
    421: ("Misdirected", "The server does not go by this name; `mcp.allowed_hosts` has those it goes by."),
    422: ("KeyReused", "The idempotency key came with another request before."),
    429: ("RateLimited", "Too many requests; `Retry-After` says when there may be another."),
    431: ("HeadersTooLarge", "All headers together take more than 32 KiB."),
    500: ("InternalError", "The server failed; its log says why."),
    503: ("Unavailable", "The storage or the channel cannot answer now."),
    504: ("Timeout", "It took too long."),
}
SECURITY: list[Json] = [{"bearer": []}, {"api_key": []}, {}]
SCHEMES: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The admin key, when authentication is on."},
    "api_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key in the header that `admin_auth.header` names.",
    },
}
DESCRIPTION = (
    "A declarative services runtime: channels, workflows and connectors are JSON, put in force without a deploy. "
    'Every error is `{"error": {"code", "message", …}}`, or RFC 9457 for who asks for it.'
)


def openapi(operations: Iterable[Operation], version: str) -> Json:
    """The document.

    Args:
        operations: Everything to describe.
        version: Of the server.
    """
    described = tuple(operations)
    paths: Json = {}
    for operation in described:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Orion API",
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas(described),
            "responses": {name: _error(text) for name, text in REFUSALS.values()},
            "securitySchemes": SCHEMES,
        },
    }


# --- operations ---------------------------------------------------------------------------------------------------


def _operation(operation: Operation) -> Json:
    described: Json = {
        "operationId": operation_id(operation),
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation.path), *map(_parameter, operation.query)],
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": _media(operation.body)},
        }
    described["responses"] = _responses(operation)
    described["security"] = SECURITY if operation.protected else []
    return described


def operation_id(operation: Operation) -> str:
    """A name for generated clients, such as `post_workflows_id_versions`."""
    path = operation.path.removeprefix("/api/v1/").removeprefix("admin/")
    return operation.method.lower() + "_" + "_".join(re.findall(r"[a-z0-9]+", path))


def _path_parameters(path: str) -> list[Json]:
    names = re.findall(r"\{(\w+)\}", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _parameter(parameter: Parameter) -> Json:
    if parameter.kind == "words":
        items = {"type": "string", "enum": list(parameter.choices)}
        listed: Json = {"name": parameter.name, "in": "query", "description": parameter.description}
        return {**listed, "style": "form", "explode": False, "schema": {"type": "array", "items": items}}
    schema: Json = {"type": {"integer": "integer", "boolean": "boolean"}.get(parameter.kind, "string")}
    if parameter.kind == "instant":
        schema["format"] = "date-time"
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.default is not None:
        schema["default"] = parameter.default
    if parameter.bounds is not None:
        schema["minimum"], schema["maximum"] = parameter.bounds
    return {"name": parameter.name, "in": "query", "description": parameter.description, "schema": schema}


def _responses(operation: Operation) -> Json:
    success: Json = {"description": operation.summary}
    if operation.answer.type is not None:
        success["content"] = {"application/json": _media(operation.answer)}
    responses: Json = {str(operation.status): success}
    for status in refusals_of(operation):
        responses[str(status)] = {"$ref": f"#/components/responses/{REFUSALS[status][0]}"}
    return responses


def refusals_of(operation: Operation) -> list[int]:
    """The statuses an operation may refuse with; most follow from what it reads."""
    statuses = {431, 500, 503, *operation.refusals}
    if operation.query or operation.body is not None:
        statuses.add(400)
    if operation.body is not None:
        statuses |= {408, 413, 415}
    if "{" in operation.path:
        statuses |= {400, 404}
    if operation.protected:
        statuses |= {401, 429}
    if isinstance(operation, Endpoint) and operation.action:
        statuses.add(403)
    return sorted(statuses)


def _error(text: str) -> Json:
    forms = {"application/json": ErrorEnvelope, PROBLEM_JSON: ProblemDetails}
    content = {media_type: {"schema": {"$ref": REF + form.__name__}} for media_type, form in forms.items()}
    return {"description": text, "content": content}


def _media(content: Content) -> Json:
    reference = {"$ref": REF + content.type.__name__}
    media: Json = {"schema": _enveloped(reference, content.envelope)}
    if content.example is not None:
        media["example"] = content.example
    return media


def _enveloped(reference: Json, envelope: str) -> Json:
    items = {"type": "array", "items": reference}
    count = {"type": "integer"}
    page = {"total": count, "limit": count, "offset": count}
    problems = {"type": "array", "items": {"$ref": REF + "ProblemView"}}
    if envelope == "data":
        return _object({"data": reference, "warnings": problems}, ["data"])
    if envelope == "list":
        return _object({"data": items, **page})
    if envelope == "pages":
        cursor = {"type": ["string", "null"], "description": "Leads on as `cursor`; null at the end."}
        return _object({"data": items, **page, "next_cursor": cursor})
    if envelope == "all":
        return _object({"data": items})
    if envelope == "audit":
        return _object({"data": items, "pagination": _object(page)})
    if envelope == "array":
        return {"oneOf": [items, _object({"data": items})]}
    return {"$ref": reference["$ref"] + "Change"} if envelope == "change" else reference


def _object(properties: Json, required: list[str] | None = None) -> Json:
    return {"type": "object", "properties": properties, "required": required or list(properties)}
