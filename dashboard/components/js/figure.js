// Saves a figure as SVG or PNG, made in the reader's own browser: title, names of the series, the charts as
// they stand on the page, and the line that says what they rest on. Nothing is asked of any server, and
// every word enters the picture as a text node.
const NS = "http://www.w3.org/2000/svg";
const PAD = 24, GAP = 14, NARROWEST = 560;
// A picture has no web fonts: whoever opens it may have a wider one than the page was measured with.
const ROOM = 0.9;
const WIDE = /[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]|[^\s\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+\s*|\s+/gu;

export default function ({ data, parentElement }) {
  const row = parentElement.querySelector(".row");
  // A page that is drawn again keeps its buttons: a click on one that was replaced meanwhile is lost.
  while (row.childElementCount < 2) row.append(Object.assign(document.createElement("button"), { type: "button" }));
  ["png", "svg"].forEach((kind, place) => {
    const button = row.children[place];
    if (button.textContent !== data.buttons[kind]) button.textContent = data.buttons[kind];
    button.setAttribute("aria-label", `${data.buttons[kind]}: ${data.title}`);
    button.onclick = () => save(kind, data);
  });
}

async function save(kind, data) {
  const box = document.querySelector(`.st-key-figure-${CSS.escape(data.key)}`);
  const picture = compose(box, data);
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture)}`;
  const drawn = new Blob([text], { type: "image/svg+xml" });
  download(kind === "svg" ? drawn : await rastered(drawn, picture), `${data.file}.${kind}`);
}

function compose(box, data) {
  const charts = [...box.querySelectorAll('[data-testid="stVegaLiteChart"] :is(svg.marks, canvas.marks)')];
  const sizes = charts.map((chart) => chart.getBoundingClientRect());
  const width = Math.ceil(Math.max(NARROWEST, ...sizes.map((size) => size.width))) + 2 * PAD;
  const look = getComputedStyle(box);
  const ground = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor;
  const svg = node("svg", { xmlns: NS, "font-family": look.fontFamily, fill: look.color, role: "img" });
  const back = svg.appendChild(node("rect", { width: "100%", height: "100%", fill: ground }));
  svg.insertBefore(node("title", {}, data.title), back);
  let y = PAD;
  y = write(svg, data.title, { y, size: 17, weight: 600, width: width - 2 * PAD, family: look.fontFamily }) + GAP / 2;
  y = names(svg, data.names, { y, width: width - 2 * PAD, family: look.fontFamily }) + GAP / 2;
  charts.forEach((chart, place) => {
    svg.appendChild(placed(chart, PAD, y, sizes[place]));
    y += sizes[place].height + 4;
  });
  y = write(svg, data.source, { y: y + GAP / 2, size: 11, width: width - 2 * PAD, family: look.fontFamily, opacity: 0.75 });
  const height = Math.ceil(y + PAD / 2);
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) svg.setAttribute(name, value);
  return svg;
}

function placed(chart, x, y, size) {
  const at = { x, y, width: size.width, height: size.height };
  if (chart.tagName.toLowerCase() === "canvas") return node("image", { ...at, href: chart.toDataURL("image/png") });
  const copy = chart.cloneNode(true);
  for (const [name, value] of Object.entries(at)) copy.setAttribute(name, value);
  copy.removeAttribute("style");
  return copy;
}

function names(svg, entries, { y, width, family }) {
  if (!entries.length) return y;
  let x = 0, line = y + 13;
  for (const entry of entries) {
    const long = measure(entry.name, 12, 400, family) + 46;
    if (x > 0 && x + long > width) { x = 0; line += 19; }
    svg.appendChild(mark(entry, PAD + x, line - 4));
    svg.appendChild(node("text", { x: PAD + x + 28, y: line, "font-size": 12 }, entry.name));
    x += long;
  }
  return line + 8;
}

function mark({ kind, colour }, x, y) {
  if (kind === "ring") return node("circle", { cx: x + 11, cy: y, r: 4, fill: "none", stroke: colour, "stroke-width": 2 });
  if (kind === "block") return node("rect", { x: x + 4, y: y - 6, width: 12, height: 12, rx: 2, fill: colour });
  if (kind === "rule") return node("line", { x1: x + 11, x2: x + 11, y1: y - 7, y2: y + 7, stroke: colour, "stroke-width": 2, "stroke-dasharray": "2 3" });
  return node("line", { x1: x, x2: x + 22, y1: y, y2: y, stroke: colour, "stroke-width": 3, "stroke-dasharray": kind === "dash" ? "7 4" : "none" });
}

function write(svg, words, { y, size, weight = 400, width, family, opacity = 1 }) {
  for (const line of wrapped(words, size, weight, width, family)) {
    y += size * 1.4;
    svg.appendChild(node("text", { x: PAD, y: y - size * 0.3, "font-size": size, "font-weight": weight, opacity }, line));
  }
  return y;
}

function wrapped(words, size, weight, width, family) {
  const lines = [""];
  for (const piece of words.match(WIDE) ?? []) {
    if (measure(lines.at(-1) + piece.trimEnd(), size, weight, family) > width * ROOM && lines.at(-1)) lines.push("");
    lines[lines.length - 1] += lines.at(-1) ? piece : piece.trimStart();
  }
  return lines;
}

const ruler = document.createElement("canvas").getContext("2d");
function measure(words, size, weight, family) {
  ruler.font = `${weight} ${size}px ${family}`;
  return ruler.measureText(words).width;
}

async function rastered(drawn, picture) {
  const [width, height] = ["width", "height"].map((name) => Number(picture.getAttribute(name)));
  const address = URL.createObjectURL(drawn);
  try {
    const image = new Image(width, height);
    // Not `decode()`, which a browser may refuse or put off: short of memory, or where the page is not drawn.
    await new Promise((done, failed) => {
      image.onload = done;
      image.onerror = () => failed(new Error("the picture could not be drawn"));
      image.src = address;
    });
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // A busy machine begins late with what was asked for.
  setTimeout(() => URL.revokeObjectURL(link.href), 120_000);
}

function node(name, attributes, words) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) if (key !== "xmlns") made.setAttribute(key, value);
  if (words !== undefined) made.textContent = words;
  return made;
}
