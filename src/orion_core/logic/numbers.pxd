cpdef bint is_number(object value) except? -1
cpdef bint fits(object value) except? -1
cpdef double as_small(object value) except? -1
cpdef object integer_of(object value)
cpdef object float_of(object value)
cpdef object number_of(object value)
cpdef object parse_float(str text)
cpdef object double_of(object value)
cpdef object narrow(double value)
cpdef object whole_of(object value)
