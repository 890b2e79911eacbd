from orion_core.connector cimport Connector
from orion_core.functions.function cimport TaskFunction
from orion_core.governance.retry cimport RetryRule
from orion_core.logic.node cimport Evaluation
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class ConnectorFunction(TaskFunction):
    cdef readonly str kind
    cdef readonly str connector
    cdef readonly double timeout
    cdef readonly RetryRule retry
    cdef readonly bint retry_unsafe
    cdef readonly bint keyed             # whether each of its actions needs a key of its own

    cpdef object ask(self, Connector connector, Message message, Evaluation evaluation, double deadline)
    cpdef object under_key(self, object action, str key)
    cpdef object judge(self, object value, Evaluation evaluation)
    cpdef object conclude(self, object value, Message message, Evaluation evaluation)
    cpdef double patience(self, Connector connector)
    cpdef bint is_idempotent(self, object action)
    cpdef bint may_repeat(self, object action)
    cpdef RetryRule retry_rule(self, Connector connector)


cpdef object place(Message message, Path path, object value)
cpdef object keep(Message message, Path path, object value)
cpdef bytes json_text(object value)
cpdef object read_text(bytes body, int max_depth)
