"""The weekly report: made, written, printed as PDF, and told once when it is due."""
