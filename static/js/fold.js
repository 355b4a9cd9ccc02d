// Previews: hide what the network hides, and show it on request. Without script the whole text is there.
export function start(within = document) {
  for (const rest of within.querySelectorAll("[data-fold]")) {
    const button = rest.parentElement.querySelector("[data-unfold]");
    if (!button || !button.hidden) continue;
    rest.hidden = true;
    button.hidden = false;
    button.addEventListener("click", () => {
      rest.hidden = false;
      button.remove();
    });
  }
}
