"""Tables of warnings and their delivery, and the only code that knows them. Rows are built nowhere else."""

from sqlalchemy.ext.asyncio import AsyncConnection as Connection

__all__ = ["Connection"]
