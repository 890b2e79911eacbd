from orion_core.admission cimport Admission, new_admission
from orion_core.bounds cimport Bounds
from orion_core.connector cimport Connector
from orion_core.documents cimport encode
from orion_core.frame cimport Frame
from orion_core.functions.connected cimport ConnectorFunction
from orion_core.functions.function cimport Enter, Say, TaskFunction
from orion_core.governance.breaker cimport Breaker
from orion_core.governance.governor cimport Governor
from orion_core.governance.response_cache cimport Kept
from orion_core.governance.retry cimport RetryRule
from orion_core.guard cimport Guard
from orion_core.intake cimport state_facts, take_in
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message, Payload
from orion_core.passage cimport Passage
from orion_core.protocol cimport Failed, Job, Request, Ticket
from orion_core.routing cimport Match, split_path
from orion_core.snapshot cimport Channel, Share, Snapshot, Task, Workflow
from orion_core.wall cimport rfc3339


cdef class Execution:
    # what it was given
    cdef readonly Snapshot snapshot
    cdef readonly Bounds bounds
    cdef readonly Governor governor
    cdef readonly Request request
    cdef readonly double started
    cdef readonly object rehearsal
    cdef readonly object follower        # told of each task as it ends
    cdef object steps                    # where each task is recorded
    # where it is
    cdef readonly double now
    cdef readonly int state
    cdef readonly Frame frame            # the innermost
    cdef Task waiting                    # who takes the outcomes
    cdef readonly Admission admission    # of a guarded channel
    cdef bint admitting                  # whether it waits in a line
    cdef Channel opening                 # the one it found, while it waits for its rate limit
    cdef dict parameters                 # of the path
    cdef Passage passage                 # past the breaker of the connector it waits for
    cdef bint knocking                   # whether it waits for that breaker
    cdef tuple outcomes                  # of the call, while the breaker is told
    cdef tuple due                       # after-actions that are due already
    cdef object asked                    # the action on a connector that is under way
    cdef double asked_at                 # when that was
    cdef int tried                       # retries of it
    cdef bint resting                    # whether it waits for the next try
    cdef object scripted                 # its outcome, in a dry run
    cdef object answer                   # its outcome, judged
    cdef readonly Job job                # what it works on, when nobody waits for the answer
    cdef str channel                     # the name of the one that was found
    cdef bint submits                    # whether it is to be worked on later
    cdef bint submitting                 # whether it waits to be safe
    cdef dict calls                      # how often each task has called, by its place
    cdef object origin
    cdef object cors                     # the policy that holds, None once it was told
    # what it gathers
    cdef Evaluation evaluation
    cdef list notes
    cdef str outcome                     # of the workflows, "" while there is none
    cdef object last

    # the public door
    cpdef object begin(self)
    cpdef object rehearse(self, Channel channel, Message message)
    cpdef object work(self, Job job)
    cpdef object resume(self, tuple outcomes, double now)
    cpdef object cancel(self, str reason, double now)
    # admission
    cdef object admit(self)
    cdef Match find(self, str method, list segments)
    cdef object preflight(self)
    cdef object open(self, Channel channel, dict parameters)
    cdef object approached(self, object outcome)
    cdef object receive(self, Channel channel, dict parameters)
    cdef object take_up(self, Job job)
    cdef object let_in(self)
    cdef object told(self, object outcome)
    cdef object approach(self, Channel channel, Guard guard, dict parameters)
    cdef object limit(self, Guard guard, dict parameters)
    cdef object pass_checks(self)
    cdef object heed(self, object verdict)
    cdef object turn_away(self, Channel channel, object verdict)
    cdef double deadline_of(self, Channel channel, double limit)
    # the interpreter
    cdef object advance(self)
    cdef bint next_task(self)
    cdef bint next_workflow(self)
    cdef int bucket(self, Workflow workflow)
    cdef dict admission_view(self)
    cdef bint holds(self, Rule condition, str workflow_id, object task_id)
    cdef object run(self, Task task)
    cdef object start(self, Task task)
    cdef object follow(self, Task task, object result)
    cdef object complete(self, Task task, int code)
    cdef object skip(self, Task task)
    cdef object say(self, Task task, Say line)
    # waiting
    cdef object perform(self, tuple actions, Task task)
    cdef object settle(self, tuple outcomes)
    cdef object conclude(self, Task task, tuple outcomes)
    cdef object hand_over(self, Task task, tuple outcomes)
    # calls on connectors
    cdef object call(self, Task task)
    cdef str effect_key(self, Task task)
    cdef object carry_out(self, Task task)
    cdef object heard(self, Task task, object outcome)
    cdef double pause(self, ConnectorFunction function, Failed failed)
    cdef double patience_of(self, Task task)
    # breakers
    cdef object knock(self, str connector)
    cdef object stopped(self, Task task, object answer)
    cdef object knocked(self, Task task, object outcome)
    cdef object tell(self, tuple outcomes)
    cdef tuple informed(self, object outcome)
    cdef object abandon(self)
    cdef object note_turn(self, Breaker breaker, str before)
    cdef object lapse(self, str what, object outcome)
    # frames
    cdef object enter(self, Enter entry)
    cdef object leave(self)
    cdef object fail(self, object failure)
    cdef object placed(self, object failure, Task task)
    cdef object expire(self)
    # errors
    cdef object failure_of(self, object error)
    cdef object record(self, str code, str text, object path, object workflow_id, object task_id)
    cdef double wall(self)
    cdef object bug(self, object error)
    # the end
    cdef object finish(self)
    cdef object finish_failed(self, object failure)
    cdef object refuse(self, object failure, tuple headers)
    cdef object refuse_method(self, tuple methods)
    cdef object end_job(self, str status, object result, object error)
    cdef object version(self)
    cdef object trace(self, str status, object result, object error)
    cdef object respond(self, int status, tuple headers, bytes body, tuple after)
    cdef bint is_sound(self, int status)
    cdef tuple take_notes(self)
