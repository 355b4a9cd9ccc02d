// The talk looks again by itself, but never under the hands of somebody who is about to press something in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const thread = event.target.closest?.("#thread");
  if (thread?.contains(document.activeElement)) event.preventDefault();
});

// Ctrl or Command with Enter sends the answer, as in any mail program.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#answer");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

// The newest word is what one came for.
const newest = document.querySelector("#thread .talk > li:last-child");
const column = document.querySelector(".thread");
if (newest && column && column.scrollHeight > column.clientHeight) column.scrollTop = column.scrollHeight;
