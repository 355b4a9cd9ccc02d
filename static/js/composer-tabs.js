// A tab for each chosen account. Its text mirrors the common one until somebody types in it.
export function tabs(form, changed) {
  const box = form.querySelector("[data-tabs]");
  const list = box.querySelector("[role=tablist]");
  const all = [...list.children];
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  const shown = () => all.filter((tab) => !tab.hidden);

  function choose(tab, focus = false) {
    for (const one of all) {
      const is = one === tab;
      one.setAttribute("aria-selected", String(is));
      one.tabIndex = is ? 0 : -1;
      panelOf(one).hidden = !is;
    }
    if (focus) tab.focus();
  }

  list.hidden = false;
  for (const tab of all) {
    const panel = panelOf(tab);
    delete panel.dataset.unchosen;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
  }
  const asked = all.find((tab) => !tab.hidden && location.hash === `#${tab.getAttribute("aria-controls")}`);
  choose(asked ?? all[0]);
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const row = shown();
    const at = row.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: row.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    choose(row[(to + row.length) % row.length], true);
  });

  const body = form.elements.body;
  const own = (pk) => form.querySelector(`[data-own-of="${pk}"]`);
  const text = (pk) => form.querySelector(`[data-text-of="${pk}"]`);

  function tell(pk) {
    const is = own(pk).checked;
    const how = form.querySelector(`[data-tab-of="${pk}"] [data-how]`);
    how.textContent = how.dataset.thread || (is ? form.dataset.own : form.dataset.same);
    form.querySelector(`[data-back-of="${pk}"]`).hidden = !is;
    if (!is) text(pk).value = body.value;
  }

  function putBack(pk, was) {
    text(pk).value = was;
    own(pk).checked = true;
    tell(pk);
    form.querySelector(`[data-undo-of="${pk}"]`).hidden = true;
    text(pk).focus();
    changed();
  }

  const each = (act) => form.querySelectorAll("[data-own-of]").forEach((one) => act(one.dataset.ownOf));
  body.addEventListener("input", () => each(tell));
  box.addEventListener("input", (event) => {
    const pk = event.target.dataset.textOf;
    if (!pk || own(pk).checked) return;
    own(pk).checked = true;
    tell(pk);
  });
  box.addEventListener("change", (event) => {
    if (event.target.dataset.ownOf) tell(event.target.dataset.ownOf);
  });
  box.addEventListener("click", (event) => {
    const pk = event.target.closest("[data-back-of]")?.dataset.backOf;
    if (!pk) return;
    const was = text(pk).value;
    own(pk).checked = false;
    tell(pk);
    const undo = form.querySelector(`[data-undo-of="${pk}"]`);
    undo.hidden = false;
    undo.onclick = () => putBack(pk, was);
    undo.focus();
    changed();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "accounts") return;
    const tab = list.querySelector(`[data-tab-of="${event.target.value}"]`);
    tab.hidden = !event.target.checked;
    if (tab.hidden && tab.getAttribute("aria-selected") === "true") choose(all[0]);
  });
  each(tell);
}
