"""Everything that touches the database: tables, transactions, and one repository a file."""

from eoc.store.database import Connection, Store, Unit, connect, normalise_url, open_store, sqlite_url

__all__ = ["Connection", "Store", "Unit", "connect", "normalise_url", "open_store", "sqlite_url"]
