// <details data-menu>: one open at a time, closed by Escape, by a click elsewhere, and when the focus leaves.
const open = () => document.querySelectorAll("details[data-menu][open]");

function closeAll(except) {
  for (const menu of open()) if (menu !== except) menu.open = false;
}

export function start() {
  document.addEventListener("click", (event) => closeAll(event.target.closest("details[data-menu]")));
  document.addEventListener("focusin", (event) => closeAll(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    }
  });
}
