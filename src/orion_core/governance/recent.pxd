cdef class Recent:
    cdef readonly Py_ssize_t capacity
    cdef readonly Py_ssize_t half
    cdef dict young
    cdef dict old

    cpdef object get(self, object key)
    cpdef object put(self, object key, object value)
    cpdef object drop(self, object key)
