// Runs before the first paint, so that the chosen colours never flash. Storage may be forbidden: then the system rules.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    delete root.dataset.theme;
  }
})();
