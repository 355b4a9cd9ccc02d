// Adding many pictures to the library, with a count; the page is read again once all are there.
import { listen, Progress, send } from "./uploading.js";

const form = document.querySelector("[data-upload]");

function refuse({ name, text }) {
  const one = form.querySelector("[data-problem]").content.firstElementChild.cloneNode(true);
  const words = one.querySelector(".words");
  words.querySelector("b").textContent = name;
  words.lastChild.textContent = ` ${text}`;
  form.querySelector("[data-refused]").append(one);
}

async function take(files) {
  const progress = new Progress(form.querySelector("[data-progress]"), form.dataset.uploading);
  const token = form.elements.csrfmiddlewaretoken.value;
  let added = 0;
  form.querySelector("[data-refused]").replaceChildren();
  for (const [index, file] of files.entries()) {
    progress.show(index, files.length);
    try {
      const said = await send(file, form.action, token);
      if (said.signedOut) return location.reload();
      added += said.added.length;
      said.refused.forEach(refuse);
    } catch {
      refuse({ name: file.name, text: form.dataset.offline });
    }
  }
  progress.show(files.length, files.length);
  if (added) await showNew();
}

async function showNew() {
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("gallery");
  if (fresh) document.getElementById("gallery").replaceWith(fresh);
}

if (form) listen(form.querySelector("[data-drop]"), form.querySelector("input[type=file]"), take);
