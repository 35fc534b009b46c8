"""The only room that imports Streamlit. Reads published files through `warehouse.reads`."""
