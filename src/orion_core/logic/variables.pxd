from orion_core.logic.lookup cimport find, find_dotted, find_listed, read, step
from orion_core.logic.node cimport Evaluation, Node, Scope
from orion_core.logic.numbers cimport whole_of
from orion_core.logic.text cimport number_text

cdef object level_data(long long distance, object data, Evaluation evaluation)
cdef object loop_position(long long distance, bint by_key, Evaluation evaluation)


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
    cdef bint exact
    cdef bint leveled
    cdef bint in_reduce

    cdef object one(self, object segment, object data, Evaluation evaluation)
    cdef object walk(self, object start, list segments, Evaluation evaluation)
    cdef object from_level(self, object level, list segments, object data, Evaluation evaluation)


cdef class LevelVar(Node):
    cdef long long distance
    cdef tuple keys
    cdef tuple places


cdef class LoopPosition(Node):
    cdef long long distance
    cdef bint by_key
