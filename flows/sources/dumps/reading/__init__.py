"""From bytes to rows: container, encoding, table or JSON or XML; whatever is wrong with one row, the next is read."""
