// A plain count of characters under a field with data-counter="250". What a network counts is the server's answer.
function update(input) {
  const shown = document.querySelector(`[data-counter-for="${CSS.escape(input.id)}"]`);
  if (!shown) return;
  const length = [...input.value].length;
  shown.textContent = shown.dataset.words.replace("{n}", length.toLocaleString(document.documentElement.lang));
  shown.classList.toggle("over", length > Number(input.dataset.counter));
}

export function start(within = document) {
  for (const input of within.querySelectorAll("[data-counter]")) update(input);
  if (within !== document) return;
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-counter]")) update(event.target);
  });
}
