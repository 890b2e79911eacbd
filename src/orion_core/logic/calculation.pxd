from orion_core.logic.numbers cimport as_small, fits, narrow, number_of, whole_of
from orion_core.logic.spans cimport add_spans, divide_span, scale_span, subtract_spans

cpdef object combine(int operation, object left, object right)
cpdef object add(object left, object right)
cpdef object subtract(object left, object right)
cpdef object multiply(object left, object right)
cpdef object divide(object left, object right)
cpdef object remainder(object left, object right)
cpdef object add_numbers(object left, object right)
cpdef object subtract_numbers(object left, object right)
cpdef object multiply_numbers(object left, object right)
