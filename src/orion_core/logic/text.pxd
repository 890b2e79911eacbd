from orion_core.logic.node cimport Evaluation, Limits
from orion_core.logic.numbers cimport double_of

cpdef str text_of(object value)
cpdef str text_within(object value, Evaluation evaluation)
cpdef str number_text(object value)
cdef int write(list parts, object value, Evaluation evaluation, int depth) except? -1
cdef int write_list(list parts, list value, Evaluation evaluation, int depth) except? -1
cdef int write_dict(list parts, dict value, Evaluation evaluation, int depth) except? -1
