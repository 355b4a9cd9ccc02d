// One-letter shortcuts: any element with data-shortcut="x" is focused (fields) or pressed (the rest). Never while typing.
const TYPING = "input, textarea, select, [contenteditable=''], [contenteditable=true]";

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
    if (document.querySelector("dialog[open]")) return;
    const one = [...document.querySelectorAll("[data-shortcut]")].find((e) => e.dataset.shortcut === event.key.toLowerCase());
    if (!one) return;
    event.preventDefault();
    if (one.matches(TYPING)) one.focus();
    else one.click();
  });
}
