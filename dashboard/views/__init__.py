"""One file a page; Streamlit runs it when the page is shown."""
