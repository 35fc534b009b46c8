"""From bytes to rows: container, encoding, table, JSON, XML. What is wrong with a row does not stop the next."""
