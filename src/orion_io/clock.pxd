cdef class Clock:
    cdef long long _millisecond
    cdef str _stamp              # of the millisecond, as an id begins
    cdef str _drawn              # hexadecimal digits for a batch of ids
    cdef tuple _entropy          # for a batch of requests
    cdef int _next               # place in both

    cpdef double monotonic(self)
    cpdef double wall(self)
    cpdef long long wall_us(self)
    cpdef str uuid(self)
    cpdef tuple identity(self)
    cpdef double chance(self)
    cdef object _draw(self)
