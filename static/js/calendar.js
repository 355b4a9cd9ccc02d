// The calendar: a dialog for another time, filters that act at once, and carrying a chip by mouse or by keys.
import { toast } from "./toast.js";

const dialog = document.getElementById("mover");
const carry = document.getElementById("carry");
const said = document.getElementById("carry-said");

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "mover-body" || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("input[type=date]")?.focus();
});

const filters = document.querySelector("[data-filters]");
filters?.addEventListener("change", () => filters.requestSubmit());
filters?.addEventListener("submit", () => {
  for (const one of filters.querySelectorAll("select")) one.disabled = !one.value; // a short address to pass on
});
filters?.querySelector("[data-press]").remove();

// The filters stand open where there is room for them.
const sift = document.querySelector(".sift");
if (sift && matchMedia("(min-width: 768px)").matches) sift.open = true;

const dayOf = (element) => element?.closest?.(".day");
const isPast = (day) => day.classList.contains("past");

function mark(day) {
  for (const one of document.querySelectorAll(".day.target")) one.classList.remove("target");
  day?.classList.add("target");
}

function drop(placed, day) {
  mark(null);
  if (!day || day === dayOf(placed)) return;
  if (isPast(day)) {
    toast(carry.dataset.past, "ask");
    return;
  }
  carry.action = carry.dataset.address.replace("/0/", `/${placed.dataset.post}/`);
  carry.elements.date.value = day.dataset.day;
  carry.elements.time.value = placed.dataset.time;
  carry.submit();
}

// A page that comes back from the browser's memory has its filters again.
addEventListener("pageshow", () => {
  for (const one of filters?.querySelectorAll("select") ?? []) one.disabled = false;
});

// By mouse.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".placed[draggable]");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", (event) => {
  const day = dragged && dayOf(event.target);
  if (!day || isPast(day)) return;
  event.preventDefault();
  mark(day);
});
document.addEventListener("drop", (event) => {
  if (!dragged) return;
  event.preventDefault();
  drop(dragged, dayOf(event.target));
  dragged = null;
});
document.addEventListener("dragend", () => {
  dragged = null;
  mark(null);
});

// By keys: M picks the focused chip up, the arrows choose a day, Enter drops, Escape returns.
let held = null;
let over = null;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const days = [...document.querySelectorAll(".month .day")];

function pickUp(chip) {
  if (chip.dataset.fixed) {
    toast(chip.dataset.fixed, "ask");
    return;
  }
  held = chip.closest(".placed");
  over = dayOf(held);
  chip.classList.add("carried");
  mark(over);
  said.textContent = carry.dataset.carried.replace("{words}", chip.querySelector(".words").textContent);
}

function letGo(words = "") {
  held?.querySelector(".chip").classList.remove("carried");
  held = over = null;
  mark(null);
  said.textContent = words;
}

function stepBy(key) {
  const turned = document.documentElement.dir === "rtl" && STEPS[key] ** 2 === 1 ? -1 : 1;
  const next = days[days.indexOf(over) + STEPS[key] * turned];
  if (!next) return;
  over = next;
  mark(over);
  over.scrollIntoView({ block: "nearest" });
  said.textContent = over.querySelector(".long").textContent + (isPast(over) ? `. ${carry.dataset.past}` : "");
}

document.addEventListener("keydown", (event) => {
  const chip = event.target.closest?.(".month .placed .chip");
  if (!held) {
    if (chip && event.key.toLowerCase() === "m" && !event.ctrlKey && !event.metaKey && !event.altKey) pickUp(chip);
    return;
  }
  if (event.key in STEPS) stepBy(event.key);
  else if (event.key === "Escape") letGo(carry.dataset.left);
  else if (event.key === "Enter") {
    const [placed, day] = [held, over];
    letGo();
    drop(placed, day);
  } else if (event.key === "Tab") letGo(carry.dataset.left);
  if (event.key !== "Tab") event.preventDefault();
});
