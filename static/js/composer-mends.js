// The buttons beside a problem: the server says what the fields then are, and they go in here. One step back by a button.
export function mends(form, changed) {
  const bar = form.querySelector("[data-mended]");
  let before = null;

  const texts = () => [...form.querySelectorAll("textarea")];
  const own = () => [...form.querySelectorAll("[data-own-of]")];
  const now = () => ({ texts: texts().map((one) => [one, one.value]), own: own().map((one) => [one, one.checked]) });

  function put(field, value) {
    if (!field || value === undefined || field.value === value) return;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function take(said) {
    put(form.elements.body, said.body);
    for (const [pk, text] of Object.entries(said.variants)) {
      const box = form.querySelector(`[data-own-of="${pk}"]`);
      if (box && !box.checked) {
        box.checked = true;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      }
      put(form.querySelector(`[data-text-of="${pk}"]`), text);
    }
    for (const [pk, parts] of Object.entries(said.threads)) {
      const fields = form.querySelectorAll(`textarea[name="thread-${pk}"]`);
      parts.forEach((text, n) => put(fields[n], text));
    }
    for (const [pk, text] of Object.entries(said.alts)) put(document.getElementById(`alt-${pk}`), text);
    put(form.elements.first_comment, said.comment);
  }

  function back() {
    for (const [box, is] of before.own) {
      if (box.checked === is) continue;
      box.checked = is;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (const [field, value] of before.texts) put(field, value);
    before = null;
    bar.hidden = true;
    changed();
    form.elements.body.focus();
  }

  async function mend(button) {
    const body = new FormData(form);
    body.delete("files");
    body.set("mend", button.value);
    const field = button.closest(".field")?.querySelector("textarea");
    const held = now();
    const answer = await fetch(form.dataset.mend, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return form.requestSubmit(button); // whatever is wrong, the whole page tells it
    const said = await answer.json();
    const current = now();
    if (current.texts.some(([, value], n) => value !== held.texts[n]?.[1])) return; // somebody typed on
    take(said);
    if (!said.told) return;
    before = held;
    bar.querySelector("[data-mended-words]").textContent = said.told;
    bar.hidden = false;
    changed();
    (field?.offsetParent ? field : form.elements.body).focus();
  }

  form.addEventListener("click", (event) => {
    const to = event.target.closest("[data-focus-on]");
    if (to) {
      event.preventDefault();
      return document.getElementById(to.dataset.focusOn)?.focus();
    }
    const button = event.target.closest("[name=mend]");
    if (!button) return;
    if (button.value === "undo" ? !before : button.value.startsWith("split:")) return; // the page is drawn anew
    event.preventDefault();
    if (button.value === "undo") back();
    else mend(button);
  });
}
