from orion_core.logic.node cimport Evaluation, Node
from orion_core.logic.temporal cimport clamp_instant, duration_of, duration_text
from orion_core.logic.temporal cimport instant_of, instant_text, looks_temporal

cdef class Datetime(Node):
    cdef Node argument


cdef class Timestamp(Node):
    cdef Node argument


cdef class Now(Node):
    pass


cdef class ParseDate(Node):
    cdef Node text
    cdef Node pattern


cdef class FormatDate(Node):
    cdef Node instant
    cdef Node pattern


cdef class DateDiff(Node):
    cdef Node left
    cdef Node right
    cdef Node unit


cdef class TypeOf(Node):
    cdef Node argument
