// Ticking all posts of the page at once.
const many = document.querySelector("[data-many]");
const all = many?.querySelector("[data-all]");

if (all) {
  all.hidden = false;
  all.querySelector("input").addEventListener("change", (event) => {
    for (const box of many.querySelectorAll("input[name=post]")) box.checked = event.target.checked;
  });
}
