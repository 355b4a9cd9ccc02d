// Who else has this post open, and whether the stored text is a newer one. Each opened page has a name of its own.
const tab = crypto.randomUUID?.() ?? String(Math.random()).slice(2);

export function here(form, keeper) {
  const place = form.querySelector("[data-here]");
  const mould = form.querySelector("[data-presence-line]");

  function body(extra = {}) {
    const said = new FormData();
    said.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    said.append("tab", tab);
    for (const [name, value] of Object.entries(extra)) said.append(name, value);
    return said;
  }

  const address = () => place.dataset.here || (form.elements.post.value && form.action.replace(/edit\/$/, "here/"));

  function show(others, newer) {
    const texts = newer ? [newer, ...others] : others;
    const shown = [...place.querySelectorAll(".words")].map((one) => one.textContent.trim());
    if (texts.length === shown.length && texts.every((text, index) => text === shown[index])) return;
    place.replaceChildren(...texts.map((text) => line(text, text === newer)));
  }

  function line(text, load) {
    const one = mould.content.firstElementChild.cloneNode(true);
    one.querySelector(".words").textContent = text;
    if (!load) return one;
    const link = document.createElement("a");
    link.className = "button small";
    link.href = form.action;
    link.textContent = place.dataset.load;
    one.append(link);
    return one;
  }

  async function speak() {
    if (!address() || document.hidden || keeper.stopped) return;
    const answer = await fetch(address(), { method: "POST", body: body(), redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return;
    const { others, version, who, at } = await answer.json();
    const mine = Number(form.elements.version.value);
    // What this page is saving right now is no news, and what was typed here meets the newer text when it is saved.
    const behind = version > mine && !keeper.dirty && !keeper.running && !keeper.lost;
    show(others, behind ? place.dataset.newer.replace("{who}", who).replace("{at}", at) : "");
  }

  speak();
  setInterval(speak, Number(place.dataset.every) * 1000);
  document.addEventListener("visibilitychange", speak);
  addEventListener("pagehide", () => address() && navigator.sendBeacon(address(), body({ left: "1" })));

  document.querySelector("[data-keep-version]")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await keeper.settle())) return;
    keeper.stopped = true;
    event.target.submit();
  });
}
