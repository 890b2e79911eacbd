"""Every function by name. Explicit: nothing registers itself by being imported."""

from collections.abc import Mapping
from types import MappingProxyType

from orion_core.functions.building import Function
from orion_core.functions.cache import CACHE_DELETE, CACHE_INCR, CACHE_READ, CACHE_WRITE
from orion_core.functions.channel_call import CHANNEL_CALL
from orion_core.functions.database import DB_READ, DB_WRITE
from orion_core.functions.filter import FILTER
from orion_core.functions.http_call import HTTP_CALL
from orion_core.functions.log import LOG
from orion_core.functions.map import MAP
from orion_core.functions.mongo import MONGO_READ, MONGO_WRITE
from orion_core.functions.parse_json import PARSE_JSON
from orion_core.functions.parse_xml import PARSE_XML
from orion_core.functions.publish_json import PUBLISH_JSON
from orion_core.functions.publish_kafka import PUBLISH_KAFKA
from orion_core.functions.publish_xml import PUBLISH_XML
from orion_core.functions.storage import (
    STORAGE_DELETE,
    STORAGE_LINK,
    STORAGE_LIST,
    STORAGE_READ,
    STORAGE_WRITE,
)
from orion_core.functions.validation import VALIDATE, VALIDATION

Catalogue = Mapping[str, Function]

CATALOGUE: Catalogue = MappingProxyType({
    function.name: function
    for function in (
        PARSE_JSON, PARSE_XML, MAP, FILTER, VALIDATION, VALIDATE, LOG, PUBLISH_JSON, PUBLISH_XML, CHANNEL_CALL,
        HTTP_CALL, DB_READ, DB_WRITE, CACHE_READ, CACHE_WRITE, CACHE_DELETE, CACHE_INCR,
        MONGO_READ, MONGO_WRITE, PUBLISH_KAFKA, STORAGE_READ, STORAGE_WRITE, STORAGE_LIST, STORAGE_DELETE, STORAGE_LINK,
    )
})  # fmt: skip
