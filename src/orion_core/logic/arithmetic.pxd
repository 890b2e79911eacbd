from orion_core.logic.node cimport Evaluation, Node
from orion_core.logic.numbers cimport (
    as_small, double_of, fits, float_of, is_number, narrow, number_of, parse_float, whole_of
)
from orion_core.logic.spans cimport add_spans, divide_span, scale_span, states_span, subtract_spans

cpdef object add(object left, object right)
cpdef object subtract(object left, object right)
cpdef object multiply(object left, object right)
cpdef object add_numbers(object left, object right)
cpdef object subtract_numbers(object left, object right)
cpdef object multiply_numbers(object left, object right)
cpdef object divide(object left, object right)
cpdef object remainder(object left, object right)
cpdef object combine(int operation, object left, object right)


cdef class Binary(Node):
    cdef Node left
    cdef Node right
    cdef int operation


cdef class Unary(Node):
    cdef Node argument
    cdef int operation
    cdef bint literal_array


cdef class Folded(Node):
    cdef tuple arguments
    cdef int operation


cdef class Extreme(Node):
    cdef tuple arguments
    cdef bint largest
    cdef bint spread

    cdef object better(self, object best, object value)


cdef class Rounding(Node):
    cdef tuple arguments
    cdef str name
