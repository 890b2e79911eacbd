from orion_core.governance.governor cimport ChannelMemory
from orion_core.logic.node cimport Rule
from orion_core.connector cimport Connector


cdef class RateRule:
    cdef readonly double rate
    cdef readonly Py_ssize_t burst
    cdef readonly Rule key
    cdef readonly bint needs_body
    cdef readonly str name
    cdef readonly str prefix
    cdef readonly tuple policy


cdef class CapacityRule:
    cdef readonly Py_ssize_t max_concurrent
    cdef readonly Py_ssize_t queue_depth
    cdef readonly double queue_timeout


cdef class DuplicateRule:
    cdef readonly str header
    cdef readonly double window
    cdef readonly bint replay
    cdef readonly Connector store
    cdef readonly str prefix


cdef class CacheRule:
    cdef readonly double ttl
    cdef readonly tuple fields
    cdef readonly str scope
    cdef readonly Connector store
    cdef readonly str prefix


cdef class Guard:
    cdef readonly RateRule rate
    cdef readonly Rule validation
    cdef readonly DuplicateRule duplicates
    cdef readonly CacheRule cache
    cdef readonly CapacityRule capacity
    cdef readonly object cors
    cdef public ChannelMemory memory
    cdef readonly bint looks
