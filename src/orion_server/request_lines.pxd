cdef class Clockwork:
    cdef long long second
    cdef str prefix

    cpdef str stamp(self, double wall)
