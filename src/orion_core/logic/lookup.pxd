from orion_core.logic.node cimport Evaluation
from orion_core.logic.numbers cimport whole_of

cpdef Py_ssize_t place_of(str segment) except? -1
cpdef object find(object data, tuple keys, tuple places)
cpdef object read(object data, tuple keys, tuple places)
cpdef object find_dotted(object data, str path, Evaluation evaluation)
cpdef object find_listed(object data, list path, Evaluation evaluation)
cpdef object step(object data, object segment)
