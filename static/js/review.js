// The review queue: what was pressed leads to the next post without a new page, with the focus on its name.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "judging" && event.detail.elt?.id !== "judging") return;
  const judging = document.getElementById("judging");
  const first = judging?.querySelector("[data-focus]") ?? judging?.querySelector("h2");
  if (!first) return;
  if (!first.hasAttribute("tabindex")) first.tabIndex = -1;
  window.scrollTo({ top: 0 });
  first.focus({ preventScroll: true });
});

// C opens the field for the words; whoever opens it wants to write there.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".asks") && event.target.open) event.target.querySelector("textarea")?.focus();
}, true);

// The buttons stand in a bar outside their form, and htmx only asks those within: say which one was pressed.
let pressed = null;
document.addEventListener("submit", (event) => {
  if (event.target.id === "judge") pressed = event.submitter;
}, true);
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id === "judge" && pressed?.name) event.detail.parameters[pressed.name] = pressed.value;
});

// What is pressed twice is sent once.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "judge") document.querySelectorAll(".verdict button").forEach((one) => { one.disabled = true; });
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "judge" && !event.detail.successful) document.querySelectorAll(".verdict button").forEach((one) => { one.disabled = false; });
});
