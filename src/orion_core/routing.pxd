cdef class Route:
    cdef readonly str pattern
    cdef readonly frozenset methods
    cdef readonly object target
    cdef readonly tuple names     # (place, parameter name)
    cdef readonly tuple shape     # segments, parameters without their names: what two routes may not share
    cdef readonly tuple rank      # the lower, the better the match

    cpdef dict parameters(self, list segments)


cdef class Match:
    cdef readonly object target
    cdef readonly dict parameters
    cdef readonly tuple allowed


cdef class RouteTable:
    cdef object root

    cpdef Match match(self, str method, list segments)


cpdef list split_path(str path)
