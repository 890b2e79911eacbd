cdef class Path:
    cdef readonly str text
    cdef readonly tuple keys      # member names, one a segment
    cdef readonly tuple places    # array places, -1 where the segment names none
    cdef readonly Py_ssize_t length

    cpdef object get(self, object root)
    cpdef object set(self, dict root, object value)
    cdef object enter(self, object node, Py_ssize_t step)
    cdef object place(self, object node, Py_ssize_t step, object value)
    cdef str upto(self, Py_ssize_t step)
