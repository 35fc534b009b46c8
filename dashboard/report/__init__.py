"""The weekly report: one page for a hurried reader, then the details, told by the sentences of the dashboard.

Pure but for `written`, which asks a published file and has charts drawn; nothing here asks a network.
"""
