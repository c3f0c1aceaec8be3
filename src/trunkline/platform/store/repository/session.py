"""The name of a database session for rooms that may not know SQLAlchemy."""

from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

DbSession: TypeAlias = AsyncSession
"""Passed from the store to a repository; `add`, `delete`, `flush` and, in a use case, one `commit`."""
