from orion_core.functions.function cimport Enter
from orion_core.message cimport Message
from orion_core.snapshot cimport Channel, Task, Workflow


cdef class Frame:
    # whose it is
    cdef readonly Channel channel
    cdef readonly Message message
    cdef readonly double deadline
    cdef readonly Frame caller
    cdef readonly Enter entry
    cdef readonly double timeout
    # the program counter
    cdef public Py_ssize_t share_at      # next share to try
    cdef public Workflow workflow        # the one being run, None between two
    cdef public Py_ssize_t task_at       # next task of it
    cdef public Task task                # the one being run
    cdef public bint matched             # whether any workflow ran
