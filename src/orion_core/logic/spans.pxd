from orion_core.logic.numbers cimport float_of
from orion_core.logic.temporal cimport (
    clamp_duration, clamp_instant, duration_of, duration_text, instant_of, instant_text
)

cpdef bint states_span(object value) except? -1
cpdef object add_spans(object left, object right)
cpdef object subtract_spans(object left, object right)
cpdef object scale_span(object left, object right)
cpdef object divide_span(object left, object right)
