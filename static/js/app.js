// What every page needs. Pages with more to do load their own module beside this one.
import * as counter from "./counter.js";
import * as dialog from "./dialog.js";
import * as fold from "./fold.js";
import * as keep from "./keep.js";
import * as keys from "./keys.js";
import * as menu from "./menu.js";
import * as session from "./session.js";
import * as theme from "./theme.js";
import * as toast from "./toast.js";

for (const part of [theme, menu, dialog, toast, counter, fold, keys, session, keep]) part.start();

document.addEventListener("htmx:afterSwap", (event) => {
  counter.start(event.detail.target);
  fold.start(event.detail.target);
});

document.querySelector("[data-focus]")?.focus();
document.documentElement.dataset.ready = "";
