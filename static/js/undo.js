// The bar with ten seconds to undo counts down; the server decides what was in time.
function tick() {
  for (const bar of document.querySelectorAll("[data-undo]")) {
    bar.ends ??= Date.now() + Number(bar.dataset.undo) * 1000;
    const left = Math.max(0, Math.ceil((bar.ends - Date.now()) / 1000));
    bar.querySelector("[data-left]").textContent = String(left);
    if (!left) bar.hidden = true;
  }
}

setInterval(tick, 250);
