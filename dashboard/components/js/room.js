// The sidebar comes after the page: its room is as wide as the reader left it.
(() => {
    const style = document.documentElement.style;
    try {
        const width = Number.parseInt(localStorage.getItem("sidebarWidth"), 10);
        if (localStorage.getItem("stSidebarCollapsed-") === "true") style.setProperty("--hy-sidebar", "0px");
        else if (width) style.setProperty("--hy-sidebar", `clamp(12.5rem, ${width}px, 37.5rem)`);
    } catch {
        // A browser that keeps nothing: the usual width.
    }
})();
