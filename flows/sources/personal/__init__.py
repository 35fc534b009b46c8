"""What is personal in a text: one pure module a kind; `flows.sources.redaction` joins them."""
