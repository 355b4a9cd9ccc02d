// A partial update that is answered with the sign-in page means that the session ended. Never swap that page into a corner
// of this one: go and sign in, and come back here rather than to the address of the fragment.
export function start() {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status !== 200 || !xhr.responseText.includes("data-outside")) return;
    event.detail.shouldSwap = false;
    const door = new URL(xhr.responseURL || location.href, location.href);
    if (door.searchParams.has("next")) door.searchParams.set("next", location.pathname + location.search);
    location.assign(door);
  });
}
