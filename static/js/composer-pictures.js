// Pictures by file, drag, paste, camera or from the library; each with its words right beneath, its crop and its place.
import { Uploads } from "./uploads.js";
import { cropping, cutOf } from "./crop.js";

export function pictures(form, changed) {
  const box = form.querySelector("[data-shots]");
  const said = form.querySelector("[data-shots-said]");
  const crop = cropping(form, () => {
    order();
    changed();
  });

  function add({ id, name, alt_text: alt, thumb, width, height, credit }) {
    if (box.querySelector(`[data-shot="${id}"]`)) return;
    const mould = document.createElement("template");
    mould.innerHTML = form.querySelector("[data-shot-template]").innerHTML.replaceAll("__ID__", id);
    const shot = mould.content.firstElementChild;
    Object.assign(shot.dataset, { width, height, thumb, large: `${thumb}?large=1` });
    shot.querySelector("[data-name]").textContent = name;
    shot.querySelector("textarea").value = alt;
    shot.querySelector("[data-credit]").dataset.credit = credit ?? "";
    box.append(shot);
    order();
    changed();
  }

  function order() {
    const shots = [...box.children];
    for (const [index, shot] of shots.entries()) {
      shot.querySelector("[data-earlier]").hidden = index === 0;
      shot.querySelector("[data-later]").hidden = index === shots.length - 1;
      shot.querySelector("[data-crop-open]").hidden = !Number(shot.dataset.width);
      shot.querySelector("[data-credit]").hidden = !shot.querySelector("[data-credit]").dataset.credit;
      dress(shot);
    }
  }

  // The small copy as it is cropped for all, and whether there is any crop.
  function dress(shot) {
    const cut = cutOf(shot);
    const address = `${shot.dataset.thumb}${cut[""] ? `?crop=${cut[""].join(",")}` : ""}`;
    const image = shot.querySelector("[data-shot-image]");
    if (image.getAttribute("src") !== address) image.src = address;
    const open = shot.querySelector("[data-crop-open]");
    const label = open.querySelector("[data-crop-label]");
    const any = Object.keys(cut).length > 0;
    open.toggleAttribute("data-cropped", any);
    label.textContent = any ? label.dataset.cut : label.dataset.whole;
  }

  function moved(shot) {
    order();
    const place = [...box.children].indexOf(shot) + 1;
    said.textContent = said.dataset.words
      .replace("{name}", shot.querySelector("[data-name]").textContent)
      .replace("{n}", place)
      .replace("{total}", box.children.length);
    changed();
  }

  // Credit goes to the end of every text that is shown, where it does not stand yet.
  function credit(words) {
    for (const area of form.querySelectorAll('[name="body"], [data-text-of]')) {
      const own = area.name === "body" || form.querySelector(`[data-own-of="${area.dataset.textOf}"]`)?.checked;
      if (own && !area.value.includes(words)) {
        area.value = area.value.trim() ? `${area.value.trimEnd()}\n\n${words}` : words;
        area.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  }

  const acts = {
    "[data-remove]": (shot) => {
      shot.remove();
      order();
      changed();
    },
    "[data-earlier]": (shot, button) => {
      shot.previousElementSibling.before(shot);
      moved(shot);
      (button.hidden ? shot.querySelector("[data-later]") : button).focus();
    },
    "[data-later]": (shot, button) => {
      shot.nextElementSibling.after(shot);
      moved(shot);
      (button.hidden ? shot.querySelector("[data-earlier]") : button).focus();
    },
    "[data-crop-open]": (shot) => crop(shot),
    "[data-credit]": (_shot, button) => credit(button.dataset.credit),
  };

  new Uploads(form.querySelector("[data-upload-root]"), {
    token: () => form.elements.csrfmiddlewaretoken.value,
    arrived: add,
  });
  box.addEventListener("click", (event) => {
    for (const [what, act] of Object.entries(acts)) {
      const button = event.target.closest(what);
      if (!button) continue;
      event.preventDefault();
      act(button.closest("[data-shot]"), button);
      return;
    }
  });
  dragging(box, moved);
  order();
  picking(add);
}

// Order by the mouse: a picture is held by itself, so that text in its fields can still be selected.
function dragging(box, moved) {
  let held = null;
  box.addEventListener("pointerdown", (event) => {
    const shot = event.target.closest("[data-shot]");
    if (shot) shot.draggable = event.target.matches("[data-shot-image]") && box.children.length > 1;
  });
  box.addEventListener("dragstart", (event) => {
    held = event.target.closest("[data-shot]");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    held.classList.add("dragged");
  });
  box.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-shot]");
    if (!held) return;
    event.preventDefault();
    if (!over || over === held) return;
    const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
    if (event.clientY < middle) over.before(held);
    else over.after(held);
  });
  box.addEventListener("dragend", () => {
    held.classList.remove("dragged");
    held.draggable = false;
    moved(held);
    held = null;
  });
}

// The library's pictures, read when the dialog opens, by page and by words.
function picking(add) {
  const dialog = document.getElementById("pick");
  const place = dialog.querySelector("[data-picks]");
  const words = dialog.querySelector("[data-pick-words]");
  let timer;
  let asked = 0;

  async function read(page = 1) {
    const mine = ++asked;
    const query = new URLSearchParams({ page, q: words.value });
    const answer = await fetch(`${place.dataset.from}&${query}`, { redirect: "manual" }).catch(() => null);
    if (answer?.ok && mine === asked) place.innerHTML = await answer.text();
  }

  dialog.addEventListener("toggle", () => dialog.open && read());
  words.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(read, 250);
  });
  words.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  place.addEventListener("click", (event) => {
    const turn = event.target.closest("[data-pick-page]");
    if (turn) read(turn.dataset.pickPage);
    const one = event.target.closest("[data-pick]");
    if (!one) return;
    const { pick: id, name, alt: alt_text, thumb, width, height, credit } = one.dataset;
    add({ id, name, alt_text, thumb, width, height, credit });
    dialog.close();
  });
}
