"""`/api/v1/admin/functions`: what tasks may do, each with the JSON Schema of its input. Changes nothing."""

from typing import Annotated, Any

from msgspec import Meta

from orion_core.functions.building import Function
from orion_io.storage import NotFound
from orion_server.admin.endpoint import Asked
from orion_server.admin.json_schemas import input_schema
from orion_server.admin.views import View
from orion_server.exchange import Answer, json_answer


class FunctionView(View, frozen=True, kw_only=True):
    """A function of the catalogue."""

    name: str
    description: str
    connector: Annotated[bool, Meta(description="Whether its input names a connector.")]
    input_schema: Annotated[dict[str, Any], Meta(description="JSON Schema 2020-12 of its input.")]


async def entries(asked: Asked) -> Answer:
    """Every function, by name."""
    catalogue = asked.services.reloader.compiler.catalogue
    return json_answer({"data": [view(catalogue[name]) for name in sorted(catalogue)]})


async def entry(asked: Asked) -> Answer:
    """One function."""
    function = asked.services.reloader.compiler.catalogue.get(asked.id)
    if function is None:
        raise NotFound("function", asked.id)
    return json_answer({"data": view(function)})


def view(function: Function) -> FunctionView:
    """A function as it is shown; its schema is made of the type that reads its input."""
    return FunctionView(
        name=function.name,
        description=function.summary,
        connector=function.connector,
        input_schema=input_schema(function),
    )
