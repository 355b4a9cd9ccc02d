// The post page looks again by itself, but never under the hands of somebody who types or chooses there.
document.addEventListener("htmx:beforeRequest", (event) => {
  const live = event.target.closest?.("#live");
  if (live && (live.querySelector("input:focus, textarea:focus") || document.querySelector("dialog[open]"))) event.preventDefault();
});
