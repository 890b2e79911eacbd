from orion_server.transports.answer_bytes cimport AnswerBytes


cdef class Shared:
    cdef readonly object application
    cdef readonly object loop
    cdef readonly set connections
    cdef readonly set tasks
    cdef readonly AnswerBytes answers
    cdef readonly int seconds           # since the start
    cdef readonly bint leaving
    cdef readonly object empty          # set when the last connection has left

    # seconds and how many, as the terms have them
    cdef readonly int header_timeout
    cdef readonly int idle_timeout
    cdef readonly int body_timeout
    cdef readonly Py_ssize_t most

    cdef object _wall
    cdef object _timer
