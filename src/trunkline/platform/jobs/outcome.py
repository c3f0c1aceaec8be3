"""How a job ended: with a value, or not; there is always one outcome."""

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


class JobEnd(Enum):
    """Why a job has no value."""

    DEADLINE = "deadline"
    CRASHED = "crashed"
    """A bug of ours: logged with its traceback."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobDone(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class JobFailed:
    """`detail` is for the log, not for a peer."""

    end: JobEnd
    detail: str


JobOutcome = JobDone[T] | JobFailed
