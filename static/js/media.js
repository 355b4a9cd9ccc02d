// The library's page: adding many pictures, choosing many of them, and lists that answer when they are changed.
import { Uploads } from "./uploads.js";

const form = document.querySelector("[data-upload-form]");

async function showNew() {
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("gallery");
  if (fresh) document.getElementById("gallery").replaceWith(fresh);
}

function chosen() {
  return [...document.querySelectorAll('[data-many] [name="chosen"]')];
}

function count() {
  const place = document.querySelector("[data-many-count]");
  if (!place) return;
  const n = chosen().filter((box) => box.checked).length;
  place.textContent = n ? place.dataset.words.replace("{n}", n) : "";
  place.closest("[data-many-bar]").toggleAttribute("data-some", n > 0);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const box of chosen()) box.checked = event.target.checked;
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  count();
});
count();

if (form) {
  new Uploads(form, {
    token: () => form.elements.csrfmiddlewaretoken.value,
    arrived: () => {},
    done: (tally) => tally.here && showNew(),
  });
}
