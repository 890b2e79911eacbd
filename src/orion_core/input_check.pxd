from orion_core.logic.node cimport Evaluation, Rule


cpdef object input_flaw(Rule validation, dict view, Evaluation evaluation)
