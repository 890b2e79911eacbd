from orion_core.message cimport Message, Payload
from orion_core.protocol cimport Request


cpdef Message take_in(Request request, str channel, dict parameters, int max_depth, long long max_bytes)
cpdef object state_facts(dict metadata, str channel, double received_at)
cpdef object check_media_type(dict headers)
