// Saving while one writes. One save at a time, in order; it says when, and says so when it could not.
const QUIET = 1500;
const AGAIN = 6000;

export class Keeper {
  constructor(form) {
    this.form = form;
    this.place = document.querySelector("[data-saved]");
    this.dirty = false;
    this.stopped = false; // the form is being sent
    this.lost = false; // somebody else saved: nothing more is stored from here
    this.running = null;
    addEventListener("beforeunload", (event) => {
      if (this.dirty && !this.stopped) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.dirty) this.save();
    });
    form.addEventListener("submit", (event) => this.leave(event));
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload(); // back from the next page: the version here is an old one
    });
  }

  soon(wait = QUIET) {
    if (this.stopped || this.lost) return;
    if (!this.dirty) this.say(this.form.dataset.unsaved);
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  say(text) {
    this.place.textContent = text;
  }

  save() {
    this.running ??= this.send().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  async send(fresh = false) {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.dirty = false;
    this.say(this.form.dataset.saving);
    const body = new FormData(this.form);
    body.delete("files");
    try {
      const answer = await fetch(this.form.dataset.save, {
        method: "POST", body, redirect: "manual", keepalive: document.hidden, headers: { "X-Autosave": "1" },
      });
      if (answer.type === "opaqueredirect") return this.later(this.form.dataset.signedOut);
      if (answer.status === 403) {
        if (!fresh && (await this.renewToken())) return this.send(true);
        return this.later(this.form.dataset.signedOut);
      }
      const said = await answer.json();
      if (answer.status === 409) return this.conflict(said);
      if (answer.ok) this.kept(said);
      else this.later(this.form.dataset.offline);
    } catch {
      this.later(this.form.dataset.offline);
    }
  }

  // A new sign-in in another tab brings a new token; the page that holds the text takes it over.
  async renewToken() {
    const answer = await fetch(this.form.action, { redirect: "manual" });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (token) this.form.elements.csrfmiddlewaretoken.value = token;
    return Boolean(token);
  }

  kept({ version, text, edit, save }) {
    this.form.elements.version.value = version;
    this.form.dataset.save = save;
    if (!this.form.elements.post.value) {
      this.form.elements.post.value = edit.match(/\d+/)[0];
      this.form.action = edit;
      history.replaceState(null, "", edit);
    }
    this.say(this.dirty ? this.form.dataset.unsaved : text);
  }

  later(text) {
    this.soon(AGAIN);
    this.say(text);
  }

  conflict({ text }) {
    const box = this.form.querySelector("[data-conflict]");
    box.hidden = false;
    box.querySelector("[data-words]").textContent = text;
    box.querySelector("a").href = this.form.action;
    box.scrollIntoView({ block: "nearest" });
    this.dirty = true;
    clearTimeout(this.timer);
    this.say(this.form.dataset.unsaved);
    this.lost = true;
  }

  // A button that sends the form first stores what was typed: where that fails (signed out, changed elsewhere, no server)
  // the page stays, with every word in it.
  leave(event) {
    clearTimeout(this.timer);
    if (this.stopped || (!this.dirty && !this.running)) {
      this.stopped = true;
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    this.settle().then((good) => {
      if (!good) return;
      this.stopped = true;
      this.form.requestSubmit(button);
    });
  }

  async settle() {
    await this.running;
    if (this.dirty && !this.lost) await this.save();
    return !this.dirty && !this.lost;
  }
}
