cpdef bint looks_temporal(str text) except? -1
cpdef object instant_of(object value)
cpdef object duration_of(object value)
cpdef object parse_instant(str text)
cpdef object parse_duration(str text)
cpdef str instant_text(object instant)
cpdef str duration_text(object duration)
cpdef object clamp_instant(object instant)
cpdef object clamp_duration(object duration)
