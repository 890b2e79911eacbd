"""Errors as `application/problem+json` (RFC 9457), and the pages their types lead to."""

from orion_server.problem_details.details import PROBLEM_JSON, error_form
from orion_server.problem_details.pages import ProblemPages

__all__ = ["PROBLEM_JSON", "ProblemPages", "error_form"]
