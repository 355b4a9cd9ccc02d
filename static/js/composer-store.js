// What could not be saved yet, kept in this tab alone. It survives a reload, a sign-in and a laptop that was closed; when
// the composer opens again it is sent as it was, and the server says whether somebody else was there meanwhile.
const PREFIX = "unsaved:";
const BACK = "unsaved-is-back";
const LEFT_OUT = ["csrfmiddlewaretoken", "files", "seen", "settle"];

export class Store {
  constructor(form) {
    this.form = form;
    this.key = this.name();
  }

  name() {
    return PREFIX + location.pathname + location.search;
  }

  entries() {
    return [...new FormData(this.form)].filter(([name, value]) => typeof value === "string" && !LEFT_OUT.includes(name));
  }

  write() {
    try {
      if (this.key !== this.name()) this.drop();
      this.key = this.name();
      sessionStorage.setItem(this.key, JSON.stringify({ entries: this.entries(), to: this.form.dataset.save }));
    } catch {
      // No storage, or full: the page itself still holds every word.
    }
  }

  drop() {
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // Nothing was stored either.
    }
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    } catch {
      return null;
    }
  }

  // Once, on the page that opens after what was left over has been saved.
  wasBack() {
    try {
      const was = sessionStorage.getItem(BACK);
      sessionStorage.removeItem(BACK);
      return Boolean(was);
    } catch {
      return false;
    }
  }

  // Sends what an earlier visit could not. "none", "saved" (another page is being opened), "conflict" or "later".
  async recover() {
    const kept = this.read();
    if (!kept) return { how: "none" };
    const body = bodyOf(kept.entries, this.form);
    const answer = await fetch(kept.to, {
      method: "POST", body, redirect: "manual", headers: { "X-Autosave": "1" },
    }).catch(() => null);
    if (answer?.status === 409) return { how: "conflict", kept, said: await answer.json() };
    if (!answer?.ok) return { how: "later" };
    const { edit } = await answer.json();
    this.drop();
    sessionStorage.setItem(BACK, "1");
    location.replace(edit);
    return { how: "saved" };
  }
}

function bodyOf(entries, form) {
  const body = new FormData();
  for (const [name, value] of entries) body.append(name, value);
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  return body;
}

// Sends kept entries as a form of their own, where the page's form holds other words.
export function submitKept(entries, form, action, settle, seen) {
  const own = document.createElement("form");
  own.method = "post";
  own.action = action;
  own.hidden = true;
  const all = [...entries, ["settle", settle], ["seen", seen], ["csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value]];
  for (const [name, value] of all) {
    const input = document.createElement("textarea"); // keeps the lines of a text
    input.name = name;
    input.value = value;
    own.append(input);
  }
  document.body.append(own);
  own.submit();
}
