from orion_core.governance.breaker cimport Breakers
from orion_core.governance.concurrency cimport Permits
from orion_core.governance.duplicates cimport Window
from orion_core.governance.rate_limit cimport RateLimiter
from orion_core.governance.response_cache cimport ResponseCache


cdef class ChannelMemory:
    cdef public object cluster
    cdef public RateLimiter limiter
    cdef public Permits permits
    cdef public Window window
    cdef public Py_ssize_t hits
    cdef public Py_ssize_t misses
    cdef public Py_ssize_t repeats


cdef class Governor:
    cdef readonly object bounds
    cdef readonly object cors
    cdef readonly object cluster
    cdef readonly bint guards_connectors
    cdef readonly Breakers breakers
    cdef readonly ResponseCache cache
    cdef readonly dict memories
