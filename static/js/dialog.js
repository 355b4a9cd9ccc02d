// Older browsers know <dialog> but not the command attribute that opens it; newer ones need nothing from here.
const knowsCommand = "commandForElement" in HTMLButtonElement.prototype;

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-opens]");
    const dialog = button && document.getElementById(button.dataset.opens);
    if (dialog instanceof HTMLDialogElement && !knowsCommand && !dialog.open) dialog.showModal();
    if (event.target instanceof HTMLDialogElement && !("closedBy" in event.target)) event.target.close();
  });
}
