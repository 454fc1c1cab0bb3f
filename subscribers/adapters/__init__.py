"""The adapters of this package: tables, rows, files, and a store in memory."""
