from orion_server.transports.replies cimport Reply


cdef class AnswerBytes:
    cdef bytes _date
    cdef object _standing       # of the last answer
    cdef bytes _block           # its bytes

    cpdef bytes of(self, Reply reply, str method, bint last, bint persistent)
