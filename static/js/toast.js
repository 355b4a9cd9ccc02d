// Messages at the corner. Good news leaves by itself; bad news stays until it is read.
const box = () => document.getElementById("toasts");
const STAYS = 8000;

export function toast(text, tone = "wait") {
  const one = box().querySelector("template").content.firstElementChild.cloneNode(true);
  one.classList.remove("wait");
  one.classList.add(tone);
  one.querySelector("p").textContent = text;
  box().append(one);
  settle(one);
}

function settle(one) {
  if (one.matches(".ok, .wait")) leave(one);
}

// The clock stands still while somebody points at the message or has the focus in it.
function leave(one) {
  setTimeout(() => {
    if (one.matches(":hover, :focus-within")) leave(one);
    else one.remove();
  }, STAYS);
}

function onFailure(event) {
  const { failed, forbidden } = box().dataset;
  toast([401, 403].includes(event.detail.xhr?.status) ? forbidden : failed, "bad");
}

export function start() {
  if (!box()) return;
  for (const one of box().querySelectorAll(":scope > .toast")) settle(one);
  document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest(".toast").remove());
  document.addEventListener("htmx:responseError", onFailure);
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => toast(box().dataset.offline, "bad"));
  }
  // The server may speak too: HX-Trigger: {"toast": {"text": "…", "tone": "ok"}}
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
}
