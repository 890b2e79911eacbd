from orion_core.logic.node cimport Evaluation, Node, Scope
from orion_core.logic.numbers cimport is_number, whole_of
from orion_core.logic.temporal cimport duration_of, instant_of, looks_temporal

cdef class Merge(Node):
    cdef tuple arguments


cdef class Sort(Node):
    cdef Node items
    cdef Node direction
    cdef Node key
    cdef long long weight


cdef class Slice(Node):
    cdef tuple arguments


cdef class Distinct(Node):
    cdef Node items
    cdef Node key
    cdef long long weight


cdef class GroupBy(Node):
    cdef Node items
    cdef Node key
    cdef long long weight


cdef class Members(Node):
    cdef Node argument
    cdef str name
