// Tells the browser and screen readers which language the page speaks; Streamlit's own page always says "en".
export default function ({ data }) {
  document.documentElement.lang = data.language;
}
