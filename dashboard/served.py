"""What `hoshiyomi dashboard` gives to Streamlit's server: app.py, behind the headers of headers.py."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from dashboard.headers import Headers

# Streamlit recognises the app by this line, without running it.
app = st.App("app.py", middleware=[Middleware(Headers)])
