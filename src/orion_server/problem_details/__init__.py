"""Errors as `application/problem+json` (RFC 9457), and the pages their types lead to."""

from orion_server.problem_details.details import error_form
from orion_server.problem_details.pages import ProblemPages

__all__ = ["ProblemPages", "error_form"]
