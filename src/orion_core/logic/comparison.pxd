from orion_core.logic.node cimport Evaluation, Node
from orion_core.logic.variables cimport Var

cpdef int equal_strictly(object left, object right, Evaluation evaluation) except -1
cpdef int equal_loosely(object left, object right, Evaluation evaluation) except -1
cpdef int compare(int operation, object left, object right, Evaluation evaluation) except -1
