// The post page looks again by itself, but never under the hands of somebody who types or chooses there.
const BUSY = "#live input:focus, #live textarea:focus, #controls input:focus, #controls details[open]:focus-within, dialog[open]";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "live" && document.querySelector(BUSY)) event.preventDefault();
});
