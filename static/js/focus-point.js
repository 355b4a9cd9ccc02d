// The point that stays in sight: click it in the picture, or move the two sliders; both show the same.
const form = document.querySelector("[data-focus-point]");
const stage = document.querySelector("[data-point-stage]");

function start() {
  const dot = stage.querySelector("[data-point]");
  const [x, y] = ["x", "y"].map((name) => form.querySelector(`[name="${name}"]`));

  function show() {
    dot.hidden = !form.open;
    dot.style.insetInlineStart = "auto";
    dot.style.left = `${x.value}%`;
    dot.style.top = `${y.value}%`;
  }

  stage.addEventListener("click", (event) => {
    if (!form.open) return;
    const box = stage.querySelector("img").getBoundingClientRect();
    x.value = Math.round(((event.clientX - box.left) / box.width) * 100);
    y.value = Math.round(((event.clientY - box.top) / box.height) * 100);
    show();
  });
  form.addEventListener("input", show);
  form.addEventListener("toggle", show);
  show();
}

if (form && stage) start();
