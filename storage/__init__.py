"""A project is a folder: its SQLite file, its blobs, the append-only ledger; reading source files."""
