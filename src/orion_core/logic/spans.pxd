cpdef object add_spans(object left, object right)
cpdef object subtract_spans(object left, object right)
cpdef object scale_span(object left, object right)
cpdef object divide_span(object left, object right)
