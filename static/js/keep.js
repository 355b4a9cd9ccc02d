// <form data-keep="name">: what was typed survives a session that ended. Kept in this tab alone, put back when the form
// is seen again after a sign-in, thrown away once another page shows that it arrived.
import { toast } from "./toast.js";

const PREFIX = "keep:";
const SKIP = ":is([type=password], [type=file], [type=hidden], [type=submit], [type=button], [name=csrfmiddlewaretoken])";

const read = (key) => JSON.parse(sessionStorage.getItem(PREFIX + key) ?? "null");
const write = (key, value) => sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
const controls = (form) => [...form.elements].filter((one) => one.name && !one.matches(SKIP));

function values(form) {
  return controls(form).map((one) => [one.name, one.type, ["checkbox", "radio"].includes(one.type) ? one.value : null,
    ["checkbox", "radio"].includes(one.type) ? one.checked : one.value]);
}

function putBack(form, kept) {
  let changed = false;
  for (const [name, type, choice, value] of kept) {
    const one = controls(form).find((c) => c.name === name && c.type === type && (choice === null || c.value === choice));
    if (!one) continue;
    const key = choice === null ? "value" : "checked";
    if (one[key] === value) continue;
    one[key] = value;
    changed = true;
    one.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return changed;
}

function meet(form) {
  const key = form.dataset.keep;
  const kept = read(key);
  const answered = form.querySelector("[aria-invalid=true], .errors-summary");
  if (kept && !answered && putBack(form, kept.values)) toast(document.getElementById("toasts").dataset.restored, "ok");
  const save = (submitted) => write(key, { submitted, values: values(form) });
  form.addEventListener("input", () => save(false));
  form.addEventListener("change", () => save(false));
  form.addEventListener("submit", () => save(true));
}

function forget(seen) {
  for (const name of Object.keys(sessionStorage)) {
    const key = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null;
    if (key !== null && !seen.has(key) && read(key)?.submitted) sessionStorage.removeItem(name);
  }
}

export function start() {
  if (document.querySelector("[data-outside]")) return; // sign-in and error pages prove nothing arrived
  try {
    const forms = [...document.querySelectorAll("form[data-keep]")];
    forms.forEach(meet);
    forget(new Set(forms.map((form) => form.dataset.keep)));
  } catch {
    // No storage, or full: the form works as any other.
  }
}
