"""What can go wrong for a user, each with the exit code that a scheduler sees.

Exit codes: 0 done, 2 bad config, 3 quality, contract or budget, 4 missing or broken input, or a Spark that ended under
way (out of memory, a lost process, a full disk), 143 stopped by SIGTERM. Anything else (1) is a defect of ours and
keeps its traceback.
"""

from __future__ import annotations


class MarketgraphError(Exception):
    """A fault that a user can mend. Carries what happened and what to do about it.

    The message names the file, table, column and value; `fix` is one sentence that says what to do.
    """

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  what to do: {self.fix}" if self.fix else self.message


class ConfigError(MarketgraphError):
    """A config, mapping or command line that can't be used. Nothing was read or written."""

    exit_code = 2


class BadKeyError(ValueError):
    """What a validator of a config finds wrong with one key below it, so that the message can name that key.

    key: dotted, counted from the section that the validator is of. given: the value that is at fault.
    """

    def __init__(self, message: str, *, key: str = "", given: object = None) -> None:
        super().__init__(message)
        self.key = key
        self.given = given


class QualityError(MarketgraphError):
    """A gate that did not pass. Evidence is kept, nothing is published."""

    exit_code = 3


class ContractError(QualityError):
    """A table that does not have the columns, types or keys that its contract states."""


class BudgetError(QualityError):
    """Work that would be larger than the config allows. It was not begun."""


class SourceError(MarketgraphError):
    """An input that is missing or can't be read. Nothing is published."""

    exit_code = 4


class StoreError(MarketgraphError):
    """The warehouse can't be read or written as asked (no such slice, release or version)."""

    exit_code = 4


class SparkError(MarketgraphError):
    """A process of Spark was lost under way. What stands is whole, and a rerun goes on from it."""

    exit_code = 4
