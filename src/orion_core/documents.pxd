cpdef object decode(bytes text, int max_depth)
cpdef object decode_checked(object text)
cpdef bytes encode(object value)
cpdef bytes canonical(object value)
cpdef object check_depth(bytes text, int max_depth)
cpdef int depth_of(bytes text)
cpdef long long size_of(object value)

cdef class Allowance:
    cdef public long long left
    cpdef object copy(self, object value)
    cpdef object spend(self, long long amount)


cpdef Allowance new_allowance(long long left)
