"""SQLite as a database that keeps promises: settings read back, writers in a fair queue."""
