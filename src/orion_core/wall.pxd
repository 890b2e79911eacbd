cdef class _Second:
    cdef long long at
    cdef str text

    cdef str of(self, long long second)


cdef _Second _last

cpdef str rfc3339(double instant)
