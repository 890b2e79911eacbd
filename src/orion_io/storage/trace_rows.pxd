from orion_core.protocol cimport StoreTrace


cpdef tuple row_of(StoreTrace trace, double duration_ms, long long completed_at)
cpdef long long weight(tuple row)
