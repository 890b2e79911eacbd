cdef class Histogram:
    cdef readonly list counts
    cdef readonly double sum
    cdef tuple _bounds

    cpdef object observe(self, double seconds)


cdef class ChannelTally:
    cdef readonly long long well
    cdef readonly dict ill
    cdef readonly Histogram seconds


cdef class MessageTally:
    cdef readonly dict channels
    cdef readonly dict consumption

    cpdef object message(self, str channel, str outcome, double seconds)
    cpdef object consumed(self, str outcome)
