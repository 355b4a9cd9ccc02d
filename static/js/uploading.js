// Sends pictures one by one and hears of each. What was refused is said in the server's words.
export async function send(file, address, token) {
  const body = new FormData();
  body.append("files", file, file.name || "pasted.png");
  const answer = await fetch(address, {
    method: "POST",
    body,
    headers: { Accept: "application/json", "X-CSRFToken": token },
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect") return { added: [], refused: [], signedOut: true };
  const said = await answer.json();
  return { added: said.added ?? [], refused: said.refused ?? [{ name: file.name, text: said.text ?? "" }] };
}

// Files from choosing, dropping on `zone` and pasting anywhere in the page.
export function listen(zone, input, take) {
  input.addEventListener("change", () => {
    if (!input.files.length) return;
    take([...input.files]);
    input.value = "";
  });
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
}

export class Progress {
  constructor(box, words) {
    this.box = box;
    this.words = words;
    this.bar = box.querySelector("progress");
    this.text = box.querySelector("[data-count]");
  }

  show(done, total) {
    this.box.hidden = done === total;
    this.bar.max = total;
    this.bar.value = done;
    this.text.textContent = this.words.replace("{done}", done).replace("{total}", total);
  }
}
