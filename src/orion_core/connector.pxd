from orion_core.governance.retry cimport RetryRule


cdef class Connector:
    cdef readonly str name
    cdef readonly str kind
    cdef readonly object config
    cdef readonly RetryRule retry
    cdef readonly str fingerprint
    cdef readonly tuple secrets
