from orion_core.documents cimport Allowance, check_depth, decode_checked, new_allowance
from orion_core.message cimport Message, Payload, new_message, new_payload
from orion_core.protocol cimport Request
from orion_core.wall cimport rfc3339


cpdef Message take_in(Request request, str channel, dict parameters, int max_depth, long long max_bytes)
cpdef object state_facts(dict metadata, str channel, double received_at)
cpdef object check_media_type(dict headers)
