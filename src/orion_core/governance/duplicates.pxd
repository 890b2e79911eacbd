cdef class Claim:
    cdef readonly str key
    cdef readonly bytes fingerprint
    cdef readonly double expires
    cdef readonly object answer


cdef class Window:
    cdef readonly Py_ssize_t max_keys
    cdef readonly Py_ssize_t max_bytes
    cdef readonly Py_ssize_t weight
    cdef dict claims

    cpdef object find(self, str key, double now)
    cpdef Claim claim(self, str key, bytes fingerprint, double now, double window)
    cpdef object settle(self, Claim claim, object answer)
    cpdef object free(self, Claim claim)
    cdef object purge(self, double now)


cpdef bint is_no_answer(int status)
