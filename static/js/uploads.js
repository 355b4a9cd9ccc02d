// Many pictures on their way at once: each with its progress, a way to stop it, and a second try. Each is judged by the
// server alone, in words. `root` holds the drop zone and the list (templates/media_library/_drop.html, _uploads.html).
const AT_ONCE = 2;

// The server's answer to one file: {added, refused}, {signedOut: true}, or {offline: true}. `watch` is told the share sent.
function send(file, address, fields, watch) {
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve) => {
    request.upload.addEventListener("progress", (event) => event.lengthComputable && watch(event.loaded / event.total));
    request.addEventListener("error", () => resolve({ offline: true }));
    request.addEventListener("timeout", () => resolve({ offline: true }));
    request.addEventListener("abort", () => resolve({ stopped: true }));
    request.addEventListener("load", () => resolve(heard(request, file)));
  });
  const body = new FormData();
  body.append("files", file, file.name || "pasted.png");
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  request.open("POST", address);
  request.setRequestHeader("Accept", "application/json");
  request.timeout = 300000;
  request.send(body);
  return { answer, stop: () => request.abort() };
}

function heard(request, file) {
  if (new URL(request.responseURL || location.href).pathname.startsWith("/sign-in")) return { signedOut: true };
  try {
    const said = JSON.parse(request.responseText);
    return { added: said.added ?? [], refused: said.refused ?? [{ name: file.name, text: said.text ?? "" }] };
  } catch {
    return { offline: true };
  }
}

export class Uploads {
  // `arrived` is told of each picture that is kept; `done` once nothing is on its way any more.
  constructor(root, { token, arrived, done = () => {} }) {
    Object.assign(this, { root, token, arrived, done });
    this.zone = root.querySelector("[data-drop]");
    this.list = root.querySelector("[data-uploads]");
    this.count = root.querySelector("[data-uploads-count]");
    this.waiting = [];
    this.going = 0;
    this.tally = { all: 0, here: 0, refused: 0 };
    this.listen();
  }

  listen() {
    const take = (input) => {
      this.take([...input.files]);
      input.value = "";
    };
    for (const input of this.root.querySelectorAll('[data-drop] input[type="file"], [data-camera]')) {
      input.addEventListener("change", () => input.files.length && take(input));
    }
    this.zone.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      this.zone.classList.add("over");
    });
    for (const name of ["dragleave", "drop"]) this.zone.addEventListener(name, () => this.zone.classList.remove("over"));
    this.zone.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) this.take([...event.dataTransfer.files]);
    });
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
      if (!files.length) return;
      event.preventDefault();
      this.take(files);
    });
  }

  take(files) {
    if (!this.going && !this.waiting.length) {
      this.tally = { all: 0, here: 0, refused: 0 };
      for (const row of this.list.querySelectorAll("[data-over]")) row.remove();
    }
    for (const file of files) this.queue(file, this.row(file));
    this.next();
  }

  queue(file, row) {
    this.tally.all += 1;
    row.removeAttribute("data-over");
    row.say(this.list.dataset.waiting);
    row.offer("stop");
    this.waiting.push({ file, row });
    row.stop = () => {
      this.waiting = this.waiting.filter((one) => one.row !== row);
      this.settle(row, { stopped: true }, file);
    };
    this.tell();
  }

  row(file) {
    const row = this.root.querySelector("[data-upload-row]").content.firstElementChild.cloneNode(true);
    const name = file.name || "pasted.png";
    const [bar, said] = [row.querySelector("[data-upload-progress]"), row.querySelector("[data-upload-said]")];
    row.querySelector("[data-upload-name]").textContent = name;
    bar.setAttribute("aria-label", name);
    row.say = (words, share = 0) => {
      said.textContent = words;
      bar.hidden = share === null;
      if (share !== null) bar.value = share;
    };
    row.offer = (...acts) => {
      for (const act of ["stop", "again", "dismiss"]) row.querySelector(`[data-upload-${act}]`).hidden = !acts.includes(act);
    };
    row.querySelector("[data-upload-stop]").addEventListener("click", () => row.stop());
    row.querySelector("[data-upload-dismiss]").addEventListener("click", () => row.remove());
    row.querySelector("[data-upload-again]").addEventListener("click", () => {
      this.queue(file, row);
      this.next();
      row.querySelector("[data-upload-stop]").focus();
    });
    this.list.append(row);
    return row;
  }

  next() {
    while (this.going < AT_ONCE && this.waiting.length) this.start(this.waiting.shift());
  }

  async start({ file, row }) {
    this.going += 1;
    const words = this.list.dataset;
    row.say(words.sending.replace("{n}", "0"));
    const fields = { csrfmiddlewaretoken: this.token(), licence: this.root.querySelector("[data-licence]")?.value ?? "" };
    const sent = send(file, this.zone.dataset.upload, fields, (share) => {
      row.say(share < 1 ? words.sending.replace("{n}", Math.round(share * 100)) : words.looking, share);
    });
    row.stop = sent.stop;
    const said = await sent.answer;
    this.going -= 1;
    this.settle(row, said, file);
    this.next();
    if (!this.going && !this.waiting.length) this.done(this.tally);
  }

  settle(row, said, file) {
    const words = this.list.dataset;
    if (said.added?.length) {
      this.tally.here += 1;
      row.say(said.added[0].said || words.done, null);
      row.dataset.over = "here";
      row.offer("dismiss");
      if (!said.added[0].said) row.remove();
      said.added.forEach((one) => this.arrived(one));
    } else {
      this.tally.refused += 1;
      row.dataset.over = "refused";
      const text = said.signedOut ? words.signedOut : said.stopped ? words.stopped : said.refused?.[0]?.text;
      row.say(text || words.offline, null);
      row.offer(...(said.refused ? ["dismiss"] : ["again", "dismiss"]));
    }
    this.tell();
  }

  tell() {
    const { all, here, refused } = this.tally;
    const words = this.count.dataset;
    this.count.hidden = !all;
    this.count.textContent = words.words.replace("{done}", here).replace("{total}", all);
    if (refused) this.count.textContent += ` · ${words.refusedWords.replace("{n}", refused)}`;
  }
}
