cdef class RetryRule:
    cdef readonly int retries
    cdef readonly double delay

    cpdef double pause(self, int tried, double asked, object entropy)


cpdef double fraction(object entropy, int salt)
