// Choosing the part of a picture that stays, for all networks or for one: by mouse, finger and keyboard. A crop is
// [left, top, width, height] in shares of the upright picture; a shot keeps them as JSON: {"": […], "instagram": […]}.
const LEAST = 0.05;
const WHOLE = [0, 0, 1, 1];
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function cutOf(shot) {
  const raw = shot.querySelector("[data-crop]").value;
  return raw ? JSON.parse(raw) : {};
}

const held = (low, n, high) => Math.min(Math.max(n, low), Math.max(low, high));

// The box arithmetic alone. `shape` is the picture's width divided by its height, `ratio` what the box must keep.
export class Box {
  constructor(shape, sides = WHOLE) {
    this.shape = shape;
    this.set(...sides);
  }

  set(left, top, width, height) {
    this.width = held(LEAST, width, 1);
    this.height = held(LEAST, height, 1);
    this.left = held(0, left, 1 - this.width);
    this.top = held(0, top, 1 - this.height);
  }

  get ratio() {
    return (this.width / this.height) * this.shape;
  }

  get sides() {
    return [this.left, this.top, this.width, this.height].map((n) => Math.round(n * 10000) / 10000);
  }

  // The largest box of that ratio round the same middle.
  fit(ratio) {
    const [x, y] = [this.left + this.width / 2, this.top + this.height / 2];
    const width = Math.min(1, ratio / this.shape);
    const height = (width * this.shape) / ratio;
    this.set(x - width / 2, y - height / 2, width, height);
  }

  move(x, y) {
    this.set(this.left + x, this.top + y, this.width, this.height);
  }

  // Larger or smaller round its middle, or round the corner `fix` ([0, 0] is the upper left one).
  grow(factor, fix = [0.5, 0.5]) {
    const [x, y] = [this.left + this.width * fix[0], this.top + this.height * fix[1]];
    const free = fix[0] === 0.5 ? 1 : Math.min((fix[0] ? x : 1 - x) / this.width, (fix[1] ? y : 1 - y) / this.height);
    const most = Math.min(1 / this.width, 1 / this.height, ...(fix[0] === 0.5 ? [] : [free]));
    const by = held(LEAST / Math.min(this.width, this.height), factor, most);
    this.set(x - this.width * by * fix[0], y - this.height * by * fix[1], this.width * by, this.height * by);
  }
}

export function cropping(form, changed) {
  const dialog = document.getElementById("crop");
  const tools = dialog.querySelector("[data-crop-tools]");
  const frame = dialog.querySelector("[data-crop-box]");
  const image = dialog.querySelector("[data-crop-image]");
  const said = dialog.querySelector("[data-crop-said]");
  let shot;
  let cut;
  let network = "";
  let box;

  function chosen() {
    const ticked = [...form.querySelectorAll('[name="accounts"]:checked')].map((one) => one.dataset.platform);
    return new Set(["", ...ticked]);
  }

  function show() {
    const [left, top, width, height] = box.sides;
    Object.assign(frame.style, { left: `${left * 100}%`, top: `${top * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
    for (const button of dialog.querySelectorAll("[data-crop-ratio]")) {
      const ratio = button.dataset.cropRatio === "original" ? box.shape : Number(button.dataset.cropRatio);
      button.setAttribute("aria-pressed", Math.abs(ratio / box.ratio - 1) < 0.005);
    }
    said.textContent = tools.dataset.move
      .replace("{left}", Math.round(left * 100))
      .replace("{top}", Math.round(top * 100))
      .replace("{width}", Math.round(width * shot.dataset.width))
      .replace("{height}", Math.round(height * shot.dataset.height));
  }

  // What was set for one network is kept while another is looked at.
  function keep() {
    const sides = box.sides;
    const inherited = JSON.stringify(cut[""] ?? WHOLE) === JSON.stringify(sides);
    if (network ? inherited : sides[2] > 0.999 && sides[3] > 0.999) delete cut[network];
    else cut[network] = sides;
  }

  function turn(to) {
    network = to;
    box = new Box(shot.dataset.width / shot.dataset.height, cut[network] ?? cut[""] ?? WHOLE);
    for (const button of dialog.querySelectorAll("[data-crop-for]")) {
      button.setAttribute("aria-pressed", button.dataset.cropFor === network);
    }
    show();
  }

  function done() {
    keep();
    shot.querySelector("[data-crop]").value = Object.keys(cut).length ? JSON.stringify(cut) : "";
    dialog.close();
    changed();
  }

  dialog.addEventListener("click", (event) => {
    const at = (what) => event.target.closest(what)?.dataset;
    const [ratio, size, to] = [at("[data-crop-ratio]"), at("[data-crop-size]"), at("[data-crop-for]")];
    if (ratio) box.fit(ratio.cropRatio === "original" ? box.shape : Number(ratio.cropRatio));
    if (size) box.grow(Number(size.cropSize) > 0 ? 1.1 : 1 / 1.1);
    if (at("[data-crop-whole]")) box.set(...WHOLE);
    if (to) {
      keep();
      turn(to.cropFor);
    }
    if (at("[data-crop-done]")) return done();
    show();
  });
  frame.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    const step = event.shiftKey ? 0.05 : 0.01;
    if (way) box.move(way[0] * step, way[1] * step);
    else if (event.key === "+" || event.key === "=") box.grow(1.05);
    else if (event.key === "-" || event.key === "_") box.grow(1 / 1.05);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Enter") done();
    else show();
  });
  dragging(frame, image, () => box, show);

  return (one) => {
    shot = one;
    cut = cutOf(shot);
    image.src = shot.dataset.large;
    const names = chosen();
    for (const button of dialog.querySelectorAll("[data-crop-for]")) button.hidden = !names.has(button.dataset.cropFor);
    turn("");
    dialog.showModal();
    frame.focus();
  };
}

// Mouse and finger: the middle moves the box, a corner changes its size and keeps its shape.
function dragging(frame, image, box, show) {
  let from = null;
  frame.addEventListener("pointerdown", (event) => {
    frame.setPointerCapture(event.pointerId);
    from = { x: event.clientX, y: event.clientY, grip: event.target.dataset.grip ?? "" };
    frame.focus();
    event.preventDefault();
  });
  frame.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = [(event.clientX - from.x) / image.clientWidth, (event.clientY - from.y) / image.clientHeight];
    if (from.grip) {
      const fix = [from.grip.includes("w") ? 1 : 0, from.grip.includes("n") ? 1 : 0];
      box().grow(1 + (x * (fix[0] ? -1 : 1)) / box().width, fix);
    } else box().move(x, y);
    Object.assign(from, { x: event.clientX, y: event.clientY });
    show();
  });
  for (const name of ["pointerup", "pointercancel"]) frame.addEventListener(name, () => (from = null));
}
