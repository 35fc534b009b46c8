"""Everything inferred: text or numbers in, predictions out. Knows nobody."""
