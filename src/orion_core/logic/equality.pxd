from orion_core.logic.node cimport Evaluation

cpdef int equal_strictly(object left, object right, Evaluation evaluation) except -1
cpdef int equal_loosely(object left, object right, Evaluation evaluation) except -1
cpdef int equal_deeply(object left, object right, Evaluation evaluation, int depth) except -1
cpdef object order(object left, object right)
cdef int plain_loosely(object left, object right, Evaluation evaluation) except -1
