// Pictures by file, drag, paste or from the library; each with its words right beneath.
import { listen, Progress, send } from "./uploading.js";

export function pictures(form, changed) {
  const box = form.querySelector("[data-shots]");
  const zone = form.querySelector("[data-drop]");
  const refusals = form.querySelector("[data-refused]");

  function add({ id, name, alt_text: alt, thumb }) {
    if (box.querySelector(`[data-shot="${id}"]`)) return;
    const mould = document.createElement("template");
    mould.innerHTML = form.querySelector("[data-shot-template]").innerHTML.replaceAll("__ID__", id);
    const shot = mould.content.firstElementChild;
    shot.querySelector("img").src = thumb;
    shot.querySelector("[data-name]").textContent = name;
    shot.querySelector("textarea").value = alt;
    box.append(shot);
    order();
    changed();
  }

  function order() {
    for (const [index, shot] of [...box.children].entries()) shot.querySelector("[data-earlier]").hidden = index === 0;
  }

  function refuse({ name, text }) {
    const one = form.querySelector("[data-problem]").content.firstElementChild.cloneNode(true);
    const words = one.querySelector(".words");
    words.querySelector("b").textContent = name;
    words.lastChild.textContent = ` ${text}`;
    refusals.append(one);
  }

  async function take(files) {
    const progress = new Progress(form.querySelector("[data-progress]"), zone.dataset.uploading);
    refusals.replaceChildren();
    for (const [index, file] of files.entries()) {
      progress.show(index, files.length);
      try {
        const said = await send(file, zone.dataset.upload, form.elements.csrfmiddlewaretoken.value);
        if (said.signedOut) refuse({ name: file.name, text: form.dataset.signedOut });
        said.added.forEach(add);
        said.refused.forEach(refuse);
      } catch {
        refuse({ name: file.name, text: zone.dataset.offline });
      }
    }
    progress.show(files.length, files.length);
  }

  listen(zone, zone.querySelector("input[type=file]"), take);
  box.addEventListener("click", (event) => {
    const shot = event.target.closest("[data-shot]");
    if (event.target.closest("[data-remove]")) {
      event.preventDefault();
      shot.remove();
    } else if (event.target.closest("[data-earlier]")) {
      shot.previousElementSibling.before(shot);
      shot.querySelector("textarea").focus();
    } else return;
    order();
    changed();
  });
  order();
  picking(add);
}

// The library's newest pictures, read when the dialog opens.
function picking(add) {
  const dialog = document.getElementById("pick");
  const place = dialog.querySelector("[data-picks]");
  dialog.addEventListener("toggle", async () => {
    if (!dialog.open) return;
    const answer = await fetch(place.dataset.from, { redirect: "manual" }).catch(() => null);
    if (answer?.ok) place.innerHTML = await answer.text();
  });
  place.addEventListener("click", (event) => {
    const one = event.target.closest("[data-pick]");
    if (!one) return;
    const { pick: id, name, alt: alt_text, thumb } = one.dataset;
    add({ id, name, alt_text, thumb });
    dialog.close();
  });
}
