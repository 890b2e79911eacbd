from orion_core.logic.lookup cimport find, find_dotted, find_listed, step
from orion_core.logic.node cimport Evaluation, Node, Scope
from orion_core.logic.numbers cimport whole_of
from orion_core.logic.text cimport number_text


cdef class Whole(Node):
    pass


cdef class Var(Node):
    cdef readonly tuple keys
    cdef readonly tuple places
    cdef readonly Node default


cdef class Accumulator(Node):
    cdef tuple keys
    cdef tuple places
    cdef Node default


cdef class DynamicVar(Node):
    cdef Node path
    cdef Node default
    cdef bint in_reduce

    cdef object resolve(self, object path, object data, Evaluation evaluation)


cdef class Val(Node):
    cdef tuple segments
    cdef tuple exact
    cdef bint leveled
    cdef bint in_reduce

    cdef object one(self, object segment, object data, Evaluation evaluation)
    cdef object walk(self, object start, tuple segments, Py_ssize_t begin)
    cdef object from_level(self, object level, tuple segments, object data, Evaluation evaluation)
