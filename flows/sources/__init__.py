"""One module a source: `fetch` is network only, `parse` is pure; the gate stands before any disk."""
