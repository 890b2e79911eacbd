cdef class Reply:
    cdef readonly int status
    cdef readonly tuple standing
    cdef readonly list own
    cdef readonly bytes body


cdef class Pending:
    cdef readonly object work
    cdef readonly bint cancellable
