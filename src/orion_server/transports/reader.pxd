from orion_server.transports.framing cimport add_header, announced_length, check_framing, check_size, target_of


cdef class Received:
    cdef readonly str method
    cdef readonly str path
    cdef readonly str query
    cdef readonly dict headers
    cdef readonly bytes body
    cdef readonly bint last             # nothing is read after it
    cdef readonly bint persistent       # HTTP/1.0, and the connection is to be kept


cdef class Reader:
    # what was read
    cdef readonly list requests         # whole ones, not taken yet
    cdef readonly object fault          # why nothing more is read
    cdef readonly bint in_head          # of a request whose head has begun
    cdef readonly bint in_content       # of one whose head was accepted
    cdef readonly bint ended            # after a request that is the last
    cdef public bint awaited            # the caller waits for a word before the content

    # where it comes from and goes to
    cdef object _application
    cdef readonly str client
    cdef object _parser
    cdef long long _usual

    # the request being read
    cdef bytes _target
    cdef dict _headers
    cdef str _method
    cdef str _path
    cdef str _query
    cdef bint _keeps
    cdef bint _persistent
    cdef Py_ssize_t _size               # of its headers
    cdef Py_ssize_t _count
    cdef object _content
    cdef Py_ssize_t _length
    cdef Py_ssize_t _raw                # bytes of head, or of content, as they came
    cdef long long _most
    cdef bint _turned                   # llhttp takes it for the end of HTTP, and ours goes on
    cdef bint _replaying

    cpdef object feed(self, object data)
    cpdef dict headers_so_far(self)
    cpdef object close(self)
    cdef object _bound_sizes(self, Py_ssize_t fed)
    cdef object _accept_length(self, long long length)
