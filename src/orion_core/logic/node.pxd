from orion_core.logic.truth cimport truthy


cdef class Limits:
    cdef readonly long long max_nodes
    cdef readonly long long max_size
    cdef readonly int max_depth


cdef class Scope:
    cdef Scope parent          # the scope around this one, None in the outermost
    cdef object outer          # the data the enclosing scope sees
    cdef Py_ssize_t index      # position of the element, -1 where there is none
    cdef object key            # member name when an object is walked
    cdef object accumulator    # only inside reduce


cdef class Evaluation:
    cdef public double now       # moved on by whoever knows the time
    cdef readonly Limits limits
    cdef readonly long long nodes_left
    cdef readonly long long size_left
    cdef Scope scope

    cdef int work(self, long long nodes) except? -1
    cdef int produce(self, long long size) except? -1
    cdef int admit(self, object value, int depth) except? -1
    cdef Scope enter(self, object outer)


cdef class Node:
    cdef object evaluate(self, object data, Evaluation evaluation)
    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class Literal(Node):
    cdef readonly object value
    cdef readonly bint truthy


cdef class Rule:
    cdef readonly Node root
    cdef readonly tuple warnings
    cdef readonly bint is_constant
    cdef readonly object constant
    cdef long long weight

    cpdef object evaluate(self, object data, Evaluation evaluation)
    cpdef bint truth(self, object data, Evaluation evaluation) except? -1
