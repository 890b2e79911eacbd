cdef class Request:
    cdef readonly str id
    cdef readonly str request_id
    cdef readonly str method
    cdef readonly str path
    cdef readonly str query
    cdef readonly dict headers
    cdef readonly bytes body
    cdef readonly str client
    cdef readonly double received_at
    cdef readonly object entropy


cdef class Job:
    cdef readonly Request request
    cdef readonly str channel
    cdef readonly str channel_id
    cdef readonly bytes payload
    cdef readonly object metadata
    cdef readonly object admitted
    cdef readonly double deadline


cdef class Sleep:
    cdef readonly double until
    cdef readonly double deadline


cdef class Tick:
    cdef readonly double deadline


cdef class Ticket:
    cdef public bint ready
    cdef public object waker


cdef class Await:
    cdef readonly Ticket ticket
    cdef readonly double deadline


cdef class Wake:
    cdef readonly tuple tickets


cdef class Accept:
    cdef readonly str id
    cdef readonly str request_id
    cdef readonly str channel
    cdef readonly str channel_id
    cdef readonly object channel_version
    cdef readonly object input_json
    cdef readonly bytes metadata_json
    cdef readonly str order_key
    cdef readonly double received_at
    cdef readonly double deadline


cdef class PutBack:
    cdef readonly double seconds
    cdef readonly str reason


cdef class StoreTrace:
    cdef readonly str id
    cdef readonly str request_id
    cdef readonly str channel
    cdef readonly str channel_id
    cdef readonly object channel_version
    cdef readonly str mode
    cdef readonly str status
    cdef readonly object input_json
    cdef readonly object result_json
    cdef readonly object error_message
    cdef readonly double started_at
    cdef readonly object steps_json


cdef class Done:
    cdef readonly object value


cdef class Failed:
    cdef readonly str code
    cdef readonly str message
    cdef readonly object retryable
    cdef readonly str detail
    cdef readonly object happened
    cdef readonly double retry_after


cdef class LogNote:
    cdef readonly str level
    cdef readonly str message
    cdef readonly object fields
    cdef readonly str channel
    cdef readonly str workflow_id
    cdef readonly str task_id


cdef class UnmatchedNote:
    cdef readonly str channel


cdef class RefusalNote:
    cdef readonly str channel
    cdef readonly str reason


cdef class BreakerNote:
    cdef readonly str key
    cdef readonly str state


cdef class LapseNote:
    cdef readonly str store
    cdef readonly str what
    cdef readonly str code
    cdef readonly str detail


cdef class CallNote:
    cdef readonly str channel
    cdef readonly str connector
    cdef readonly str task_id
    cdef readonly str code
    cdef readonly str detail
    cdef readonly int tried
    cdef readonly double wait


cdef class AttemptNote:
    cdef readonly str channel
    cdef readonly str connector
    cdef readonly str code
    cdef readonly double seconds


cdef class BugNote:
    cdef readonly object error


cdef class Respond:
    cdef readonly int status
    cdef readonly tuple headers
    cdef readonly bytes body
    cdef readonly tuple after
    cdef readonly tuple notes
    cdef readonly str channel
    cdef readonly str outcome


cdef class Perform:
    cdef readonly tuple actions
    cdef readonly object execution
    cdef readonly tuple notes
