cpdef dict headers_of(list pairs)
cpdef object check_framing(dict headers, str version)
cpdef long long announced_length(dict headers)
