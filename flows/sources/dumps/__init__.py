"""Reading dumps: bytes to rows, rows to values, values to records; each in a module of its own."""
