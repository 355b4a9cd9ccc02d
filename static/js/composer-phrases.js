// Templates, snippets and hashtags put into the text, by a menu or by typing "/" and a shortcut; placeholders filled in or
// taken out. Everything goes in as if it had been typed, so the browser's own undo takes it back.
const TYPED = /(^|\s)\/([a-z0-9-]{0,30})$/;

export function phrases(form, changed) {
  const box = form.querySelector("[data-phrasing]");
  let last = form.elements.body;
  let asked;
  const choices = () => (asked ??= load());

  async function load() {
    const query = new URLSearchParams({ post: form.elements.post.value, event: form.elements.event.value });
    const answer = await fetch(`${box.dataset.choices}?${query}`, { redirect: "manual" }).catch(() => null);
    if (answer?.ok) return answer.json();
    asked = undefined; // tried again when it is wanted again
    return { templates: [], snippets: [], hashtags: [] };
  }

  form.addEventListener("focusin", (event) => {
    if (event.target.matches(".posttext")) last = event.target;
  });

  function field() {
    return last.isConnected && last.offsetParent ? last : form.elements.body;
  }

  function put({ kind, text, picture }) {
    const into = field();
    into.focus();
    const end = kind === "hashtags" ? into.value.length : into.selectionEnd;
    const start = kind === "hashtags" ? end : into.selectionStart;
    into.setSelectionRange(start, end);
    const before = into.value.slice(0, start);
    const gap = kind !== "snippet" && before.trim() ? (before.endsWith("\n\n") ? "" : "\n\n") : "";
    type(into, gap + text);
    const advice = box.querySelector("[data-advice]");
    if (kind !== "template") return;
    advice.hidden = !picture;
    advice.querySelector("span").textContent = picture;
  }

  menu(box, choices, put);
  shortcuts(form, box, choices);
  placeholders(form, changed);
}

function type(into, text) {
  if (document.execCommand("insertText", false, text)) return;
  into.setRangeText(text, into.selectionStart, into.selectionEnd, "end");
  into.dispatchEvent(new Event("input", { bubbles: true }));
}

function menu(box, choices, put) {
  const details = box.querySelector("details");
  const place = box.querySelector("[data-choices-here]");

  function group(title, rows, kind) {
    if (!rows.length) return [];
    const head = document.createElement("h3");
    head.textContent = title;
    return [head, ...rows.map((row) => {
      const one = document.createElement("button");
      one.type = "button";
      one.className = "menu-item";
      one.textContent = row.name ?? `/${row.shortcut}`;
      one.title = row.text.slice(0, 200);
      one.addEventListener("click", () => {
        details.open = false;
        put({ kind, ...row });
      });
      return one;
    })];
  }

  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    const { templates, snippets, hashtags } = await choices();
    const { templates: t, snippets: s, hashtags: h, none } = box.dataset;
    const rows = [...group(t, templates, "template"), ...group(s, snippets, "snippet"), ...group(h, hashtags, "hashtags")];
    const empty = Object.assign(document.createElement("p"), { className: "help", textContent: none });
    place.replaceChildren(...(rows.length ? rows : [empty]));
  });
}

// A list beneath the text while a shortcut is being typed. The focus stays in the text.
function shortcuts(form, box, choices) {
  const list = Object.assign(document.createElement("ul"), { className: "phrase-list", id: "phrase-list", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.list);
  const told = box.querySelector("[data-told]");
  let into = null;
  let at = 0;

  function close() {
    if (list.hidden) return;
    list.hidden = true;
    told.textContent = "";
    for (const name of ["aria-controls", "aria-activedescendant", "aria-autocomplete"]) into?.removeAttribute(name);
  }

  function point(index) {
    const rows = [...list.children];
    at = (index + rows.length) % rows.length;
    for (const [n, row] of rows.entries()) row.setAttribute("aria-selected", String(n === at));
    into.setAttribute("aria-activedescendant", rows[at].id);
    rows[at].scrollIntoView({ block: "nearest" });
  }

  function row({ shortcut, text }, index) {
    const one = document.createElement("li");
    one.id = `phrase-${index}`;
    one.setAttribute("role", "option");
    const name = Object.assign(document.createElement("code"), { textContent: `/${shortcut}` });
    one.append(name, Object.assign(document.createElement("span"), { textContent: text }));
    one.dataset.text = text;
    one.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the text keeps the focus
      at = index;
      take();
    });
    return one;
  }

  function take() {
    const { text } = list.children[at].dataset;
    const end = into.selectionEnd;
    const typed = into.value.slice(0, end).match(TYPED);
    close();
    if (!typed) return;
    into.setSelectionRange(end - typed[2].length - 1, end);
    type(into, text);
  }

  async function look(target) {
    const typed = target.value.slice(0, target.selectionEnd).match(TYPED);
    if (!typed || target.selectionStart !== target.selectionEnd) return close();
    const { snippets } = await choices();
    const now = target.value.slice(0, target.selectionEnd).match(TYPED);
    const fitting = now ? snippets.filter((one) => one.shortcut.startsWith(now[2])) : [];
    if (!fitting.length) return close();
    into = target;
    list.replaceChildren(...fitting.map(row));
    target.after(list);
    list.hidden = false;
    into.setAttribute("aria-controls", list.id);
    into.setAttribute("aria-autocomplete", "list");
    told.textContent = box.dataset.found.replace("{n}", fitting.length);
    point(0);
  }

  form.addEventListener("input", (event) => {
    if (event.target.matches(".posttext")) look(event.target);
  });
  form.addEventListener("keydown", (event) => {
    if (list.hidden || event.target !== into || event.isComposing) return;
    const act = { ArrowDown: () => point(at + 1), ArrowUp: () => point(at - 1), Enter: take, Tab: take, Escape: close }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  form.addEventListener("focusout", (event) => {
    if (event.target === into) close();
  });
}

// The box of placeholders that are left: filled in, taken out, or shown where they stand.
function placeholders(form, changed) {
  const texts = () => [...form.querySelectorAll('.posttext, [name^="thread-"], textarea[name="first_comment"]')];
  const place = form.querySelector('[data-part="placeholders"]');
  const reveal = () => place.querySelectorAll("[data-find]").forEach((one) => (one.hidden = false));
  new MutationObserver(reveal).observe(place, { childList: true });
  reveal();

  function without(text, token) {
    return text.split("\n").flatMap((line) => {
      if (!line.includes(token)) return [line];
      const rest = line.replaceAll(new RegExp(`[ \\t]*${RegExp.escape?.(token) ?? token.replace(/[{}.]/g, "\\$&")}`, "g"), "");
      return /[^\s.,:;!?–-]/.test(rest) ? [rest.trimStart()] : [];
    }).join("\n");
  }

  function everywhere(mend) {
    for (const text of texts()) {
      const after = mend(text.value);
      if (after === text.value) continue;
      const shown = text.offsetParent !== null;
      if (shown) {
        text.focus();
        text.select();
        type(text, after);
      } else {
        text.value = after;
      }
    }
    changed();
  }

  place.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    const { token, value, find } = button.dataset;
    if (find) return show(find);
    if ("fillAll" in button.dataset) {
      const all = [...place.querySelectorAll("[data-value]")].map((one) => [one.dataset.token, one.dataset.value]);
      return everywhere((text) => all.reduce((so, [from, to]) => so.replaceAll(from, () => to), text));
    }
    if ("stripAll" in button.dataset) {
      const tokens = [...place.querySelectorAll("[data-find]")].map((one) => one.dataset.find);
      return everywhere((text) => tokens.reduce(without, text));
    }
    everywhere((text) => ("strip" in button.dataset ? without(text, token) : text.replaceAll(token, () => value)));
  });

  function show(token) {
    const text = texts().find((one) => one.offsetParent && one.value.includes(token)) ?? texts().find((one) => one.value.includes(token));
    if (!text) return;
    if (!text.offsetParent) document.getElementById(`tab-${text.dataset.textOf ?? "all"}`)?.click();
    text.focus();
    const start = text.value.indexOf(token);
    text.setSelectionRange(start, start + token.length);
  }
}
