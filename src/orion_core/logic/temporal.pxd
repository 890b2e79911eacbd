cpdef bint looks_temporal(str text) except? -1
cpdef object instant_of(object value)
cpdef object duration_of(object value)
cpdef object parse_instant(str text)
cdef object plain_instant(str text)
cdef long long two_digits(str text, Py_ssize_t at) except? -1
cpdef long long days_from_civil(long long year, long long month, long long day) except? -1
cpdef object parse_duration(str text)
cpdef str instant_text(object instant)
cpdef str duration_text(object duration)
cpdef object clamp_instant(object instant)
cpdef object clamp_duration(object duration)
