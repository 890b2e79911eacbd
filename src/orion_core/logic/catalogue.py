"""The built-in operators: how many arguments each takes, and what compiles it. Knows no operator's meaning.

What is known of the arguments while a rule is compiled decides which node stands for it: a comparison with a literal,
a list of literals, a loop with the weight of its body.
"""

from typing import Final

from orion_core.logic.addressing import val, var
from orion_core.logic.arithmetic import arithmetic
from orion_core.logic.arrays import Distinct, GroupBy, Members, Merge, Slice, Sort
from orion_core.logic.call import Call, Entry
from orion_core.logic.comparison import comparison
from orion_core.logic.control import And, Coalesce, Failing, If, Not, Or, Switch, Throw, Truthy, Try
from orion_core.logic.dates import (
    NEEDS,
    DateDiff,
    Datetime,
    FormatDate,
    Now,
    ParseDate,
    Timestamp,
    TypeOf,
)
from orion_core.logic.errors import INVALID_ARGUMENTS, NAN
from orion_core.logic.extremes import Extreme, Rounding
from orion_core.logic.loops import Filter, Map, Quantifier, Reduce
from orion_core.logic.node import Literal, Node
from orion_core.logic.presence import Exists, Missing, MissingSome
from orion_core.logic.strings import RECASES, Affix, Length, Recase, Split, Substr, cat, membership


def _exists(call: Call) -> Node:
    return Exists(call.nodes())


def _missing(call: Call) -> Node:
    return Missing(call.nodes())


def _missing_some(call: Call) -> Node:
    return MissingSome(call.node(0), call.node(1) if len(call.raw) > 1 else None)


def _comparison(call: Call) -> Node:
    return comparison(call.name, call.nodes())


def _and(call: Call) -> Node:
    return And(call.nodes()) if call.raw else Literal(None)


def _or(call: Call) -> Node:
    return Or(call.nodes()) if call.raw else Literal(None)


def _not(call: Call) -> Node:
    return Not(call.node(0))


def _truthy(call: Call) -> Node:
    return Truthy(call.node(0))


def _if(call: Call) -> Node:
    nodes = call.nodes()
    pairs = len(nodes) // 2
    otherwise = nodes[-1] if len(nodes) % 2 else Literal(None)
    return If(nodes[0 : 2 * pairs : 2], nodes[1 : 2 * pairs : 2], otherwise) if pairs else otherwise


def _switch(call: Call) -> Node:
    if len(call.raw) < 2:
        return Literal(None)
    return Switch(call.node(0), *call.cases(), call.node(2))


def _coalesce(call: Call) -> Node:
    return Coalesce(call.nodes())


def _try(call: Call) -> Node:
    return Try(call.nodes()) if len(call.raw) > 1 else call.node(0)


def _throw(call: Call) -> Node:
    return Throw(call.node(0))


def _arithmetic(call: Call) -> Node:
    if not call.raw:
        return Literal(0 if call.name == "+" else 1)
    if _is_literal_array(call) and call.name in ("+", "*"):
        return Failing(NAN)
    return arithmetic(call.name, call.nodes())


def _is_literal_array(call: Call) -> bool:
    """Whether the only argument stands in the rule as an array; some operators take a computed one only."""
    return len(call.raw) == 1 and type(call.raw[0]) is list


def _extreme(call: Call) -> Node:
    if _is_literal_array(call):
        return Failing(INVALID_ARGUMENTS)
    return Extreme(call.nodes(), call.name == "max")


def _rounding(call: Call) -> Node:
    return Rounding(call.nodes(), call.name)


def _cat(call: Call) -> Node:
    return cat(call.nodes())


def _substr(call: Call) -> Node:
    return Substr(call.nodes())


def _in(call: Call) -> Node:
    return membership(call.node(0), call.node(1)) if len(call.raw) > 1 else Literal(False)


def _length(call: Call) -> Node:
    return Length(call.node(0))


def _affix(call: Call) -> Node:
    return Affix(call.node(0), call.node(1), call.name == "ends_with")


def _recase(call: Call) -> Node:
    return Recase(call.node(0), RECASES[call.name])


def _split(call: Call) -> Node:
    return Split(call.node(0), call.node(1))


def _map(call: Call) -> Node:
    return Map(call.node(0), *call.body(1))


def _filter(call: Call) -> Node:
    return Filter(call.node(0), *call.body(1))


def _quantifier(call: Call) -> Node:
    return Quantifier(call.name, call.node(0), *call.body(1))


def _reduce(call: Call) -> Node:
    body, weight = call.body(1)
    return Reduce(call.node(0), body, call.node(2), weight)


def _merge(call: Call) -> Node:
    return Merge(call.nodes())


def _sort(call: Call) -> Node:
    key, weight = call.body(2) if len(call.raw) > 2 else (None, 0)
    items = Literal(0) if call.raw[0] is None else call.node(0)  # null has to be computed to be let pass
    return Sort(items, call.node(1), key, weight)


def _slice(call: Call) -> Node:
    return Slice(call.nodes())


def _distinct(call: Call) -> Node:
    key, weight = call.body(1) if len(call.raw) > 1 else (None, 0)
    return Distinct(call.node(0), key, weight)


def _group_by(call: Call) -> Node:
    return GroupBy(call.node(0), *call.body(1))


def _members(call: Call) -> Node:
    return Members(call.node(0), call.name)


def _datetime(call: Call) -> Node:
    return Datetime(call.node(0))


def _timestamp(call: Call) -> Node:
    return Timestamp(call.node(0))


def _parse_date(call: Call) -> Node:
    return ParseDate(call.node(0), call.node(1))


def _format_date(call: Call) -> Node:
    return FormatDate(call.node(0), call.node(1))


def _date_diff(call: Call) -> Node:
    return DateDiff(call.node(0), call.node(1), call.node(2))


def _now(_call: Call) -> Node:
    return Now()


def _type(call: Call) -> Node:
    return TypeOf(call.node(0))


def copy_of(value: object) -> object:
    """A literal of its own, so that a later change of the rule's document cannot reach the compiled rule."""
    if type(value) is list:
        return [copy_of(element) for element in value]
    if type(value) is dict:
        return {key: copy_of(member) for key, member in value.items()}
    return value


def _preserve(call: Call) -> Node:
    value = call.raw[0] if len(call.raw) == 1 else call.raw
    return Literal(copy_of(value))


_COMPARISON = Entry(_comparison, minimum=2)
_IF = Entry(_if, listed=True)
_SWITCH = Entry(_switch, cases=1)
_ROUNDING = Entry(_rounding, minimum=1)
_EXTREME = Entry(_extreme, minimum=1)
_AFFIX = Entry(_affix, minimum=2)
_RECASE = Entry(_recase, minimum=1)
_QUANTIFIER = Entry(_quantifier, minimum=2, maximum=2, pure=False, body=1)
_MEMBERS = Entry(_members, minimum=1)

OPERATORS: Final[dict[str, Entry]] = {
    "var": Entry(var, pure=False),
    "val": Entry(val, pure=False),
    "exists": Entry(_exists, pure=False),
    "missing": Entry(_missing, pure=False),
    "missing_some": Entry(_missing_some, pure=False),
    **dict.fromkeys(("==", "===", "!=", "!==", "<", "<=", ">", ">="), _COMPARISON),
    "!": Entry(_not),
    "!!": Entry(_truthy),
    "and": Entry(_and, listed=True),
    "or": Entry(_or, listed=True),
    "if": _IF,
    "?:": _IF,
    "??": Entry(_coalesce),
    "switch": _SWITCH,
    "match": _SWITCH,
    "+": Entry(_arithmetic),
    "*": Entry(_arithmetic),
    "-": Entry(_arithmetic, minimum=1),
    "/": Entry(_arithmetic, minimum=1),
    "%": Entry(_arithmetic, minimum=1),
    "max": _EXTREME,
    "min": _EXTREME,
    "abs": _ROUNDING,
    "ceil": _ROUNDING,
    "floor": _ROUNDING,
    "cat": Entry(_cat),
    "substr": Entry(_substr),
    "in": Entry(_in),
    "length": Entry(_length, minimum=1, maximum=1),
    "starts_with": _AFFIX,
    "ends_with": _AFFIX,
    "upper": _RECASE,
    "lower": _RECASE,
    "trim": _RECASE,
    "split": Entry(_split, minimum=2),
    "merge": Entry(_merge),
    "filter": Entry(_filter, minimum=2, maximum=2, pure=False, body=1),
    "map": Entry(_map, minimum=2, maximum=2, pure=False, body=1),
    "reduce": Entry(_reduce, minimum=2, maximum=3, pure=False, body=1),
    "all": _QUANTIFIER,
    "some": _QUANTIFIER,
    "none": _QUANTIFIER,
    "sort": Entry(_sort, minimum=1, pure=False, body=2),
    "slice": Entry(_slice, minimum=1),
    "distinct": Entry(_distinct, minimum=1, pure=False, body=1),
    "group_by": Entry(_group_by, minimum=2, pure=False, body=1),
    "keys": _MEMBERS,
    "values": _MEMBERS,
    "entries": _MEMBERS,
    "try": Entry(_try, pure=False, handles=True),
    "throw": Entry(_throw, pure=False),
    "type": Entry(_type),
    "preserve": Entry(_preserve, pure=False, quotes=True),
    "datetime": Entry(_datetime, minimum=1, refusal=NEEDS["datetime"]),
    "timestamp": Entry(_timestamp, minimum=1, refusal=NEEDS["timestamp"]),
    "parse_date": Entry(_parse_date, minimum=2, refusal=NEEDS["parse_date"]),
    "format_date": Entry(_format_date, minimum=2, refusal=NEEDS["format_date"]),
    "date_diff": Entry(_date_diff, minimum=3, refusal=NEEDS["date_diff"]),
    "now": Entry(_now, pure=False),
}
