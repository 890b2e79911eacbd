from orion_core.logic.equality cimport equal_strictly
from orion_core.logic.node cimport Evaluation, Node, Scope
from orion_core.logic.truth cimport truthy

cdef class And(Node):
    cdef tuple arguments

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class Or(Node):
    cdef tuple arguments

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class Not(Node):
    cdef Node argument

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class Truthy(Node):
    cdef Node argument

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class If(Node):
    cdef tuple conditions
    cdef tuple results
    cdef Node otherwise

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class Switch(Node):
    cdef Node subject
    cdef tuple cases
    cdef tuple results
    cdef Node otherwise


cdef class Coalesce(Node):
    cdef tuple arguments


cdef class Try(Node):
    cdef tuple arguments
    cdef Py_ssize_t last


cdef class Throw(Node):
    cdef Node argument


cdef class Failing(Node):
    cdef str kind


cdef class ListNode(Node):
    cdef tuple elements


cdef class ObjectNode(Node):
    cdef tuple keys
    cdef tuple members
