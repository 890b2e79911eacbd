from orion_core.logic.node cimport Evaluation, Node
from orion_core.logic.equality cimport equal_loosely, equal_strictly, equal_texts, order
from orion_core.logic.lookup cimport read
from orion_core.logic.variables cimport Var

cdef bint compare_numbers(int operation, object left, object right) except? -1
cpdef bint compare(int operation, object left, object right, Evaluation evaluation) except? -1


cdef class Comparison(Node):
    cdef Node left
    cdef Node right
    cdef int operation

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class VarComparison(Node):
    cdef tuple keys
    cdef tuple places
    cdef object literal
    cdef int operation

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class ComparisonChain(Node):
    cdef tuple arguments
    cdef int operation

    cdef int truth(self, object data, Evaluation evaluation) except? -1
