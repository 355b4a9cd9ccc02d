// The composer: tabs that inherit, counts and previews while one types, pictures, and saving that says when.
import * as fold from "./fold.js";
import { here } from "./composer-here.js";
import { Keeper } from "./composer-keep.js";
import { mends } from "./composer-mends.js";
import { phrases } from "./composer-phrases.js";
import { pictures } from "./composer-pictures.js";
import { tabs } from "./composer-tabs.js";

const CHECK_AFTER = 350;
const AGAIN_AFTER = 1500; // while the server reads the page behind the link
const AGAIN_MOST = 12;
const form = document.querySelector("[data-compose]");

function start() {
  const keeper = new Keeper(form);
  let timer;
  let asked = 0;
  let again = 0;

  // Only the newest answer counts; a part in which somebody types is left alone.
  async function check() {
    const mine = ++asked;
    const body = new FormData(form);
    body.delete("files");
    const answer = await fetch(form.dataset.check, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    for (const part of fresh.querySelectorAll("[data-part]")) show(part);
    if (!fresh.querySelector("[data-again]")) again = 0;
    else if (again++ < AGAIN_MOST) timer = setTimeout(check, AGAIN_AFTER);
  }

  function show(part) {
    const place = form.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    if (!place || place.innerHTML.trim() === part.innerHTML.trim()) return;
    if (place.contains(document.activeElement)) return;
    place.innerHTML = part.innerHTML;
    fold.start(place);
  }

  function changed() {
    clearTimeout(timer);
    timer = setTimeout(check, CHECK_AFTER);
    keeper.soon();
  }

  tabs(form, changed);
  pictures(form, changed);
  phrases(form, changed);
  mends(form, changed);
  here(form, keeper);
  keeper.recover();
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("input", (event) => {
    const echo = event.target.name === "title" && document.querySelector('[data-echo="title"]');
    if (echo && event.target.value.trim()) echo.textContent = event.target.value;
  });
  if (form.querySelector("[name=media], [data-again]") || form.elements.body.value) check();
}

if (form) start();
