cpdef bint truthy(object value) except? -1
