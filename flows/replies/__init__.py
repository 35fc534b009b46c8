"""Replies to reviews through the stores' own endpoints, where the operator turned them on."""
