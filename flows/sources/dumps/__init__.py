"""Reading dumps: bytes to rows (`reading/`), rows to values, values to records."""
