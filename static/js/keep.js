// <form data-keep="name">: what was typed survives a session that ended. Kept in this tab alone. It is put back only when
// a page outside the frame (sign-in, an error) stood between; else the server's own values count and the copy is dropped.
import { toast } from "./toast.js";

const PREFIX = "keep:";
const SKIP = ":is([type=password], [type=file], [type=hidden], [type=submit], [type=button])";
const CHOICES = ["checkbox", "radio"];

const read = (key) => JSON.parse(sessionStorage.getItem(PREFIX + key) ?? "null");
const write = (key, kept) => sessionStorage.setItem(PREFIX + key, JSON.stringify(kept));
const keys = () => Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
const controls = (form) => [...form.elements].filter((one) => one.name && !one.matches(SKIP));

function typed(form) {
  return controls(form).map((one) => CHOICES.includes(one.type)
    ? { name: one.name, choice: one.value, value: one.checked }
    : { name: one.name, choice: null, value: one.value });
}

function putBack(form, values) {
  let changed = false;
  for (const { name, choice, value } of values) {
    const one = controls(form).find((c) => c.name === name && (choice === null || c.value === choice));
    const property = choice === null ? "value" : "checked";
    if (!one || one[property] === value) continue;
    one[property] = value;
    changed = true;
    one.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return changed;
}

function meet(form) {
  const key = form.dataset.keep;
  const kept = read(key);
  sessionStorage.removeItem(PREFIX + key);
  const save = () => write(key, { interrupted: false, values: typed(form) });
  for (const name of ["input", "change", "submit"]) form.addEventListener(name, save);
  // A form that came back with its mistakes marked already holds what was typed.
  const answered = form.querySelector("[aria-invalid=true], .errors-summary");
  if (kept?.interrupted && !answered && putBack(form, kept.values)) {
    toast(document.getElementById("toasts").dataset.restored, "ok");
  }
}

export function start() {
  try {
    if (document.querySelector("[data-outside]")) {
      for (const key of keys()) write(key, { ...read(key), interrupted: true });
      return;
    }
    const forms = [...document.querySelectorAll("form[data-keep]")];
    const here = new Set(forms.map((form) => form.dataset.keep));
    forms.forEach(meet);
    // Another page of the product after an interruption may be the way back to the form: only sent copies go.
    for (const key of keys()) if (!here.has(key) && !read(key).interrupted) sessionStorage.removeItem(PREFIX + key);
  } catch {
    // No storage, or full: the form works as any other.
  }
}
