// @ and a few letters in a comment offer the names of colleagues: arrow keys, Enter or a tap take one, Escape closes.
const AT = /(^|[\s(])@([^\s@]*(?: [^\s@]*)?)$/;
let list, field, options = [], active = 0;

function close() {
  list?.remove();
  field?.removeAttribute("aria-activedescendant");
  field?.setAttribute("aria-expanded", "false");
  list = null;
}

function show() {
  const before = field.value.slice(0, field.selectionStart);
  const found = before.match(AT);
  if (!found) return close();
  const typed = found[2].toLocaleLowerCase();
  options = field.dataset.mentions.split("|").filter((name) => name && name.toLocaleLowerCase().split(" ").some((part, at, all) => all.slice(at).join(" ").startsWith(typed))).slice(0, 6);
  if (!options.length) return close();
  active = 0;
  if (!list) {
    list = document.createElement("ul");
    list.id = `${field.id}-names`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.labels[0]?.textContent ?? "");
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const one = event.target.closest("li");
      if (one) take(Number(one.dataset.at));
    });
    field.after(list);
    field.setAttribute("aria-controls", list.id);
  }
  list.replaceChildren(...options.map((name, at) => {
    const one = document.createElement("li");
    one.id = `${list.id}-${at}`;
    one.dataset.at = at;
    one.setAttribute("role", "option");
    one.textContent = name;
    return one;
  }));
  mark();
}

function mark() {
  [...list.children].forEach((one, at) => one.setAttribute("aria-selected", String(at === active)));
  field.setAttribute("aria-expanded", "true");
  field.setAttribute("aria-activedescendant", `${list.id}-${active}`);
}

function take(at) {
  const end = field.selectionStart;
  const start = field.value.slice(0, end).search(AT);
  const from = field.value.indexOf("@", start);
  field.setRangeText(`@${options[at]} `, from, end, "end");
  close();
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-mentions]")) return;
  if (field !== event.target) close();
  field = event.target;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  show();
});
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== field) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) active = (active + step + options.length) % options.length;
  else if (event.key === "Enter" || event.key === "Tab") take(active);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (list) mark();
}, true);
document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
