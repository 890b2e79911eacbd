from orion_core.functions.function cimport TaskFunction
from orion_core.guard cimport Guard
from orion_core.logic.node cimport Rule
from orion_core.routing cimport RouteTable


cdef class Task:
    cdef readonly str id
    cdef readonly str workflow_id
    cdef readonly Rule condition
    cdef readonly TaskFunction function
    cdef readonly bint continue_on_error
    cdef readonly object connector
    cdef readonly bint calls


cdef class Workflow:
    cdef readonly str id
    cdef readonly object version
    cdef readonly object priority
    cdef readonly Rule condition
    cdef readonly Rule rollout_key
    cdef readonly tuple tasks


cdef class Share:
    cdef readonly Workflow workflow
    cdef readonly int first
    cdef readonly int end
    cdef readonly bint whole


cdef class Channel:
    cdef readonly str id
    cdef readonly object version
    cdef readonly str name
    cdef readonly frozenset methods
    cdef readonly tuple shares
    cdef readonly double timeout
    cdef readonly Guard guard
    cdef readonly object fault
    cdef readonly bint ordered
    cdef readonly object topic
    cdef readonly object consumer_group
    cdef readonly object priority


cdef class Snapshot:
    cdef readonly object generation
    cdef readonly dict channels
    cdef readonly dict by_id
    cdef readonly RouteTable routes
    cdef readonly dict direct
    cdef readonly object workflows
    cdef readonly dict connectors

    cpdef object remember(self, str path, str method, Channel channel)
