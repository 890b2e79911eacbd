from orion_core.logic.equality cimport equal_strictly
from orion_core.logic.node cimport Evaluation, Literal, Node
from orion_core.logic.numbers cimport whole_of
from orion_core.logic.temporal cimport looks_temporal
from orion_core.logic.text cimport text_within

cpdef str plain_text(object value, Evaluation evaluation)


cdef class Cat(Node):
    cdef tuple arguments

    cdef int append(self, list parts, object value, Evaluation evaluation) except? -1


cdef class CatTwo(Node):
    cdef Node left
    cdef Node right


cdef class Substr(Node):
    cdef tuple arguments


cdef class In(Node):
    cdef Node needle
    cdef Node hay

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class InSet(Node):
    cdef Node needle
    cdef object texts

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class Length(Node):
    cdef Node argument


cdef class Affix(Node):
    cdef Node text
    cdef Node affix
    cdef bint at_end

    cdef int truth(self, object data, Evaluation evaluation) except? -1


cdef class Recase(Node):
    cdef Node argument
    cdef int operation


cdef class Split(Node):
    cdef Node text
    cdef Node separator
