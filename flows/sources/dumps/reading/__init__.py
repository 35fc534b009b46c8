"""From bytes to rows: container, encoding, table, JSON, XML. A row that is wrong stops no other."""
