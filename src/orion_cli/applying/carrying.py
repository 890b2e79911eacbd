"""Carries a plan out, and takes back what it did when one step fails or somebody interrupts it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orion_cli.applying.plan import Change
from orion_cli.applying.present import RESOURCES, members_of
from orion_cli.applying.wanted import Wanted
from orion_cli.failures import CommandFailed, Refused, problems_of

if TYPE_CHECKING:
    from orion_cli.client import Api
    from orion_cli.failures import Problem

Step = Callable[[], object]


@dataclass
class Carried:
    """What became of a plan.

    Args:
        done: The changes that were made, or made and taken back.
        undone: Whether they were taken back.
        failures: What could not be taken back, in words.
        warnings: What the server finds doubtful, by definition.
    """

    done: list[Change] = field(default_factory=list)
    undone: bool = False
    failures: list[str] = field(default_factory=list)
    warnings: list[tuple[Change, "Sequence[Problem]"]] = field(default_factory=list)


class Taken(CommandFailed):
    """A step failed, and what was done before it was taken back.

    Args:
        cause: Why.
        change: Of what.
        carried: What was taken back, and what could not be.
    """

    def __init__(self, cause: CommandFailed, change: Change, carried: Carried) -> None:
        what = f"{change.action} of {change.kind} '{change.identity}'"
        back = f"{len(carried.done)} change(s) made before were taken back" if carried.done else "nothing was changed"
        super().__init__(f"The {what} failed; {back}", "; ".join(carried.failures) or None)
        self.exit_code = cause.exit_code
        self.cause = cause


class Carrier:
    """Makes the changes of one plan.

    Args:
        api: The server.
    """

    def __init__(self, api: "Api") -> None:
        self._api = api
        self._back: list[tuple[Change, Step]] = []
        self.carried = Carried()

    def check(self, changes: Sequence[Change]) -> list[Refused]:
        """Let the server check everything before anything is changed; what it refuses, with its document."""
        refused = []
        for change in changes:
            wanted = change.wanted
            if wanted is None or change.action not in ("create", "update"):
                continue
            report = self._api.ask("POST", f"{RESOURCES[change.kind].path}/validate", wanted.body)
            if not report["valid"]:
                error = {"reason": "invalid_definition", "problems": report["errors"], "message": "not sound"}
                refusal = Refused(400, {"error": error})
                refusal.document = wanted.document
                refused.append(refusal)
        return refused

    def carry_out(self, changes: Sequence[Change], advance: Callable[[], None]) -> Carried:
        """Make every change, or none.

        Raises:
            Taken: One failed; those before it were taken back.
            KeyboardInterrupt: Somebody interrupted it; likewise.
        """
        for change in changes:
            try:
                self._make(change)
            except CommandFailed as failure:
                if isinstance(failure, Refused) and change.wanted is not None:
                    failure.document = change.wanted.document
                raise Taken(failure, change, self._take_back()) from failure
            except KeyboardInterrupt:
                self._take_back()
                raise
            self.carried.done.append(change)
            advance()
        return self.carried

    # --- forward --------------------------------------------------------------------------------------------------

    def _make(self, change: Change) -> None:
        if change.kind == "connector":
            self._connector(change)
        elif change.action == "create":
            self._create(change)
        elif change.action == "archive":
            self._ask(change, "PATCH", "status", {"status": "archived"})
            self._later(change, lambda: self._reinstate(change))
        elif change.action == "rollout":
            self._rollout(change)
        else:
            self._change(change)

    def _connector(self, change: Change) -> None:
        wanted, present = change.wanted, change.present
        if present is None and wanted is not None:
            self._ask(change, "POST", None, wanted.body)
            self._later(change, lambda: self._ask(change, "DELETE", ""))
            return
        before = members_of("connector", present.highest) if present is not None else {}
        after = {"enabled": False} if wanted is None else dict(wanted.members)
        self._ask(change, "PUT", "", after)
        # What the server masked stays as it is when it is sent back; a secret that was replaced is gone.
        self._later(change, lambda: self._ask(change, "PUT", "", dict(before)))

    def _create(self, change: Change) -> None:
        wanted = must(change)
        self._ask(change, "POST", None, wanted.body)
        self._later(change, lambda: self._ask(change, "DELETE", ""))
        if wanted.status == "active":
            self._activate(change, wanted.share)

    def _rollout(self, change: Change) -> None:
        active = change.present.active if change.present is not None else None
        before = active.get("rollout_percentage") if active is not None else 100
        self._ask(change, "PATCH", "rollout", {"rollout_percentage": must(change).share})
        self._later(change, lambda: self._ask(change, "PATCH", "rollout", {"rollout_percentage": before}))

    def _change(self, change: Change) -> None:
        """Write into the draft, a new one where there is none, and put it in force."""
        wanted, present = must(change), change.present
        if present is None or not present.has_draft:
            self._ask(change, "POST", "versions", None)
        before = members_of(change.kind, present.highest) if present is not None else {}
        self._later(change, lambda: self._restore_draft(change, before))
        self._ask(change, "PUT", "", dict(wanted.members))
        if wanted.status == "active":
            self._activate(change, wanted.share)
            self._back.pop()
            self._later(change, lambda: self._reinstate(change))

    def _activate(self, change: Change, share: int | None) -> None:
        told: dict[str, Any] = {"status": "active"}
        if share is not None:
            told["rollout_percentage"] = share
        self._ask(change, "PATCH", "status", told)

    # --- back -----------------------------------------------------------------------------------------------------

    def _take_back(self) -> Carried:
        self.carried.undone = True
        for change, step in reversed(self._back):
            try:
                step()
            except CommandFailed as failure:
                what = f"{change.kind} '{change.identity}' was not taken back: {failure.message}"
                self.carried.failures.append(what)
        return self.carried

    def _restore_draft(self, change: Change, before: Any) -> None:
        """A version cannot be taken away alone: the draft holds again what it held, or a copy of what is in force."""
        self._ask(change, "PUT", "", dict(before))

    def _reinstate(self, change: Change) -> None:
        """What was in force is again, as a version of its own, for versions do not change and do not come back."""
        present = change.present
        active = present.active if present is not None else None
        if active is None:
            self._ask(change, "PATCH", "status", {"status": "archived"})
            return
        if change.action != "archive" or present is None or not present.has_draft:
            self._ask(change, "POST", "versions", None)
        self._ask(change, "PUT", "", dict(members_of(change.kind, active)))
        self._activate(change, active.get("rollout_percentage"))
        if present is not None and present.has_draft:  # somebody's, and gone into what was activated
            self._ask(change, "POST", "versions", None)
            self._ask(change, "PUT", "", dict(members_of(change.kind, present.highest)))

    def _later(self, change: Change, step: Step) -> None:
        self._back.append((change, step))

    def _ask(self, change: Change, method: str, below: str | None, document: object = None) -> None:
        """Ask about the definition of a change.

        Args:
            change: Which.
            method: Of the request.
            below: What of it; "" for itself, None for its kind.
            document: The body.
        """
        resource = RESOURCES[change.kind]
        path = resource.path if below is None else resource.one(change.identity, *((below,) if below else ()))
        answer = self._api.ask(method, path, document)
        if isinstance(answer, dict) and answer.get("warnings") and not self.carried.undone:
            self.carried.warnings.append((change, problems_of(answer["warnings"])))


def must(change: Change) -> Wanted:
    """What a change wants; every change has it but those that take out of force."""
    if change.wanted is None:
        raise AssertionError(f"{change.action} of nothing")
    return change.wanted
