from orion_core.logic.node cimport Evaluation, Node, Scope

cdef class Map(Node):
    cdef Node items
    cdef Node body
    cdef long long weight

    cdef list over_list(self, list items, object data, Evaluation evaluation)
    cdef list over_dict(self, dict items, object data, Evaluation evaluation)


cdef class Filter(Node):
    cdef Node items
    cdef Node body
    cdef long long weight

    cdef list over_list(self, list items, object data, Evaluation evaluation)
    cdef dict over_dict(self, dict items, object data, Evaluation evaluation)


cdef class Quantifier(Node):
    cdef Node items
    cdef Node body
    cdef long long weight
    cdef bint stop       # the body's truth that decides
    cdef bint decided    # the result then
    cdef bint undecided  # the result when nothing decided
    cdef bint empty      # the result for nothing at all

    cdef int over_list(self, list items, object data, Evaluation evaluation) except? -1
    cdef int over_dict(self, dict items, object data, Evaluation evaluation) except? -1
    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class Reduce(Node):
    cdef Node items
    cdef Node body
    cdef Node initial
    cdef long long weight
