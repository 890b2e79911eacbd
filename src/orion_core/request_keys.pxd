from orion_core.documents cimport canonical, encode
from orion_core.guard cimport CacheRule
from orion_core.protocol cimport Request


cpdef str text_key(object value)
cpdef str bare_key(str given)
cpdef bytes fingerprint_of(Request request, dict view)
cpdef bytes answer_key(CacheRule rule, Request request, dict view)
