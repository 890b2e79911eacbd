from orion_core.logic.node cimport Evaluation
from orion_core.logic.numbers cimport double_of, float_of, integer_of, is_number, parse_float
from orion_core.logic.temporal cimport duration_of, instant_of, looks_temporal

cpdef bint equal_texts(str left, str right) except? -1
cpdef int equal_strictly(object left, object right, Evaluation evaluation) except? -1
cpdef int equal_loosely(object left, object right, Evaluation evaluation) except? -1
cpdef int equal_deeply(object left, object right, Evaluation evaluation, int depth) except? -1
cpdef object order(object left, object right)
cdef int plain_loosely(object left, object right, Evaluation evaluation) except? -1
