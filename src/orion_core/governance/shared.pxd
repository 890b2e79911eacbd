cpdef bytes claim_record(str owner, bytes fingerprint)
cpdef bytes answer_record(str owner, bytes fingerprint, int status, bytes body, double at)
cpdef object read_record(object text)
cpdef str short_key(str prefix, bytes key)
