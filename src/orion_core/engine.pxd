from orion_core.bounds cimport Bounds
from orion_core.governance.governor cimport Governor
from orion_core.protocol cimport Job, Request
from orion_core.snapshot cimport Snapshot


cdef class Engine:
    cdef readonly Bounds bounds
    cdef readonly Governor governor
    cdef readonly Snapshot snapshot

    cpdef object handle(self, Request request, double now, object follower=*)
    cpdef object work(self, Job job, double now, object follower=*)
