cdef class Bounds:
    cdef readonly int max_depth
    cdef readonly long long max_message_bytes
    cdef readonly int max_call_depth
    cdef readonly double call_timeout
    cdef readonly object stored_headers
    cdef readonly object logic
