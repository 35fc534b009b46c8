// Opens links of ours within a text as the navigation opens its own: Streamlit follows an address that changes, so
// nothing is loaded anew and the session stays. Without this script they are links like any other.
export default function () {
  if (document.body.dataset.hyLinks) return;
  document.body.dataset.hyLinks = "followed";
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".hy-links a[href]");
    if (!link || event.defaultPrevented || event.button) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  });
}
