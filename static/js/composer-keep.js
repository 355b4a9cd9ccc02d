// Saving while one writes. One save at a time, in order; it says when, and says so when it could not.
import { Store, submitKept } from "./composer-store.js";
import { toast } from "./toast.js";

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
    this.box = form.querySelector("[data-conflict]");
    this.store = new Store(form);
    this.left = null; // what an earlier visit could not save, where somebody else was faster
    if (this.store.wasBack()) toast(form.dataset.back, "ok");
    addEventListener("online", () => {
      if (this.dirty) this.save();
    });
    addEventListener("beforeunload", (event) => {
      if (this.dirty && !this.stopped) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden || !this.dirty || this.stopped) return;
      this.store.write();
      this.save();
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
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.store.write(), 300);
  }

  // What an earlier visit to this page could not save goes first. True where another page is being opened.
  async recover() {
    const { how, kept, said } = await this.store.recover();
    if (how === "conflict") {
      this.left = kept;
      this.conflict({ ...said, text: this.box.dataset.kept });
      this.dirty = false; // the page itself shows the stored text
    }
    return how === "saved";
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
    if (!this.dirty && !this.left) {
      clearTimeout(this.writing);
      this.store.drop();
    }
    this.say(this.dirty ? this.form.dataset.unsaved : text);
  }

  later(text) {
    this.soon(AGAIN);
    this.say(text);
  }

  conflict({ text, version }) {
    if (this.stopped) return;
    this.box.hidden = false;
    this.box.querySelector("[data-words]").textContent = text;
    this.form.elements.seen.value = version ?? "";
    const action = this.box.dataset.twoTexts || this.form.action.replace(/edit\/$/, "texts/");
    for (const button of this.box.querySelectorAll("[name=settle]")) button.setAttribute("formaction", action);
    this.box.scrollIntoView({ block: "nearest" });
    this.dirty = true;
    clearTimeout(this.timer);
    this.store.write();
    this.say(this.form.dataset.unsaved);
    this.lost = true;
  }

  // The three ways out of two texts: the server keeps whichever loses, so nothing needs to be stored first.
  settling(event) {
    this.stopped = true;
    clearTimeout(this.writing); // what is settled must not come back as unsaved
    this.store.drop();
    if (!this.left) return;
    event.preventDefault();
    const { value } = event.submitter;
    submitKept(this.left.entries, this.form, event.submitter.formAction, value, this.form.elements.seen.value);
  }

  // A button that sends the form first stores what was typed: where that fails (signed out, changed elsewhere, no server)
  // the page stays, with every word in it.
  leave(event) {
    clearTimeout(this.timer);
    if (event.submitter?.name === "settle") return this.settling(event);
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
