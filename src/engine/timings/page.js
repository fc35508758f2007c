"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const { steps, summary, load } = data;
const byId = (id) => document.getElementById(id);

const KINDS = {
  read: "Read", wait: "Wait", command: "Command", generate: "Generate", walk: "Walk", find: "Find", compile: "Compile",
  archive: "Archive", link: "Link", check: "Check", pack: "Pack", save: "Save",
};
const AXIS = 22, LOAD = 46, ROW = 26, BAR = 22;
const TOP = AXIS + LOAD + 6;
const onChain = new Set(summary.chain);
const neededBy = steps.map(() => []);
steps.forEach((step, at) => step.needs.forEach((need) => neededBy[need].push(at)));
const took = (step) => step.end - step.begin;
const lanes = summary.busy.length;
// A moment that nothing fills has a width all the same.
const wall = Math.max(summary.wall, 1e-6);

// ---- Words

function time(seconds) {
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds >= 10) return `${seconds.toFixed(1)} s`;
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  const thousandths = seconds * 1000;
  return `${thousandths.toFixed(thousandths >= 10 || thousandths === 0 ? 0 : 1)} ms`;
}

const percent = (part) => `${Math.round(part * 100)} %`;
const number = (count, one, many) => `${count} ${count === 1 ? one : many}`;
const title = (step) => `${KINDS[step.kind]} ${step.name}`;
// Less is what it costs to begin.
const LATE = 0.01;
const delay = (step) => step.begin - step.ready;

function remark(step) {
  if (step.outcome === "unchanged") return "unchanged";
  if (step.outcome === "failed") return "failed";
  return { hit: "cache hit", miss: "cache miss", unknown: "the cache does not tell" }[step.cache] || "";
}

// What a bar says begins with what differs between those of its kind: names share folders and packages.
const shared = Object.fromEntries(Object.keys(KINDS).map((kind) => {
  const names = steps.filter((step) => step.kind === kind).map((step) => step.name);
  if (names.length < 2) return [kind, 0];
  const same = (length) => names.every((name) => name.startsWith(names[0].slice(0, length)));
  let length = 0;
  while (length < names[0].length && same(length + 1)) length += 1;
  const cut = Math.max(...["/", ".", ": "].map((end) => names[0].slice(0, length).lastIndexOf(end) + end.length).filter((at, index) => at >= [1, 1, 2][index]), 0);
  return [kind, cut];
}));
const short = (step) => step.name.slice(shared[step.kind]) || step.name;

// ---- Elements. All text goes in as text: names may look like HTML.

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "style") Object.assign(element.style, value);
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function draw(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  return element;
}

const swatch = (kind) => make("span", { class: "swatch", style: { background: `var(--${kind})` }, "aria-hidden": "true" });

function link(at) {
  const button = make("button", { type: "button", class: "link" }, title(steps[at]));
  button.addEventListener("click", () => go(at));
  return button;
}

// ---- The build as a whole

function head() {
  const ending = { succeeded: "Built in", failed: "Failed after", interrupted: "Interrupted after" }[data.result];
  const name = `${data.name} ${data.version}`;
  const when = new Date(data.started * 1000).toLocaleString(undefined, { dateStyle: "long", timeStyle: "medium" });
  document.title = `${name}: timings`;
  byId("title").textContent = name;
  const told = make("span", data.result === "succeeded" ? {} : { class: "failed" }, `${ending} ${time(summary.wall)}`);
  byId("about").append(told, `, begun ${when}, by Officina ${data.officina}`);
  const tools = [["Python", data.python], ["Compiler", data.compiler], ["Profile", data.profile]];
  byId("tools").append(...tools.filter(([, text]) => text).map(([what, text]) =>
    make("li", {}, make("span", { class: "quiet" }, `${what} `), text)));
  const { hits, misses, unknown } = summary.cache;
  const asked = hits + misses;
  const cached = asked ? `${hits} of ${asked}` : "–";
  const silent = unknown ? `sccache does not tell of ${number(unknown, "run", "runs")}` : "no compiler cache was seen";
  const tiles = [
    ["Whole build", time(summary.wall), ""],
    ["Work", time(summary.work), `${summary.parallelism.toFixed(2)} steps at once, ${number(summary.workers, "worker", "workers")}`],
    ["Longest chain", time(summary.chain_time), `${percent(summary.chain_time / wall)} of the build`],
    ["Steps", `${summary.ran} run`, `${summary.unchanged} unchanged`],
    ["Compiler cache hits", cached, asked ? `${number(misses, "miss", "misses")} by ccache` : silent],
  ];
  for (const [term, value, more] of tiles) {
    byId("tiles").append(make("div", {}, make("dt", {}, term), make("dd", {}, value, make("span", { class: "more" }, more))));
  }
  const failed = steps.map((step, at) => at).filter((at) => steps[at].outcome === "failed");
  byId("verdict").append(...(failed.length ? ["Failed or ended: ", ...named(failed)] : data.result === "succeeded" ? [verdict()] : []));
}

function verdict() {
  const part = summary.chain_time / wall;
  const { workers, parallelism } = summary;
  if (!summary.ran) return "Nothing had to be done.";
  if (part >= 0.8) return "Nearly all the time went into one chain of steps that need each other: more cores would not help, shorter steps in it would.";
  if (parallelism >= 0.8 * workers) {
    return `The workers were busy nearly all the time: more cores would help, to no less than ${time(summary.chain_time)}.`;
  }
  return `On average ${parallelism.toFixed(1)} of ${workers} workers had something to do. No number of cores makes this build shorter than ${time(summary.chain_time)}.`;
}

function legend() {
  for (const kind of Object.keys(KINDS)) {
    const those = steps.filter((step) => step.kind === kind);
    if (!those.length) continue;
    const total = those.reduce((sum, step) => sum + took(step), 0);
    const figures = make("span", { class: "quiet" }, ` ${those.length} ×, ${time(total)}`);
    byId("legend").append(make("li", {}, swatch(kind), KINDS[kind], figures));
  }
  const stripe = { background: "var(--chain)", height: ".3em", verticalAlign: ".1em" };
  const chain = make("span", { class: "swatch", style: stripe, "aria-hidden": "true" });
  byId("legend").append(make("li", {}, chain, "on the longest chain"));
}

// ---- The chart

const bars = steps.map((step, at) => {
  const words = [title(step), time(took(step)), `from ${time(step.begin)}`, remark(step), onChain.has(at) ? "on the longest chain" : ""];
  const needs = step.needs.map((need) => title(steps[need])).join(", ");
  const label = words.filter(Boolean).join(", ") + (needs ? `; after ${needs}` : "");
  const classes = ["step", step.outcome, onChain.has(at) ? "on-chain" : ""].filter(Boolean).join(" ");
  const style = { background: `var(--${step.kind})`, top: `${TOP + step.lane * ROW}px` };
  const bar = make("button", { type: "button", class: classes, style, tabindex: at === 0 ? "0" : "-1", "aria-label": label });
  bar.addEventListener("mouseenter", () => show(at));
  bar.addEventListener("focus", () => show(focused = at));
  return bar;
});
const edges = draw("svg", { "aria-hidden": "true" });
const curves = draw("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
let zoom = 1;
let shown = null;
let focused = null;
let x = (at) => at;

function frame() {
  const height = TOP + lanes * ROW + 4;
  byId("plane").style.height = `${height}px`;
  byId("plane").append(curves, ...bars, edges);
  const most = { running: Math.max(...load.map((one) => one.running), 1), waiting: Math.max(...load.map((one) => one.waiting), 0) };
  const label = (top, ...parts) => make("div", { style: { height: `${top}px`, lineHeight: `${Math.min(top, ROW)}px` } }, ...parts);
  const wide = (text) => make("span", { class: "wide quiet" }, text);
  const loads = make("div", { style: { height: `${LOAD + 6}px`, lineHeight: "1.35", paddingTop: ".3rem" } },
    make("span", {}, make("span", { class: "swatch", style: { background: "var(--running)" } }), `${most.running}`, wide(" running")), make("br"),
    make("span", {}, make("span", { class: "swatch", style: { background: "var(--waiting)", height: "2px", verticalAlign: ".25em" } }), `${most.waiting}`, wide(" ready")));
  byId("labels").append(label(AXIS), loads, ...summary.busy.map((busy, lane) =>
    lane < summary.worker_lanes ? label(ROW, `${lane + 1}`, wide(`, ${percent(busy / wall)} busy`)) : label(ROW, "Officina")));
}

function layout() {
  const width = Math.max(byId("scroll").clientWidth * zoom, 50);
  const plane = byId("plane");
  plane.style.width = zoom === 1 ? "100%" : `${width}px`;
  x = (at) => (at / wall) * (width - 2);
  steps.forEach((step, at) => {
    const wide = Math.max(x(step.end) - x(step.begin) - 1, 2);
    Object.assign(bars[at].style, { left: `${x(step.begin)}px`, width: `${wide}px`, padding: wide < 12 ? "0" : "" });
    bars[at].textContent = wide < 28 ? "" : short(step);
  });
  plane.querySelectorAll(".tick").forEach((tick) => tick.remove());
  const about = (wall * 90) / width;
  const power = 10 ** Math.floor(Math.log10(about));
  const gap = power * [1, 2, 5, 10].find((factor) => factor * power >= about);
  for (let count = 0; count * gap < wall - gap / 3; count += 1) {
    plane.prepend(make("div", { class: "tick", style: { left: `${x(count * gap)}px` }, "aria-hidden": "true" }, count ? time(count * gap).replace(/\.0+ /, " ") : "0"));
  }
  curves.replaceChildren(
    draw("path", { class: "area", d: staircase("running") + `V${AXIS + LOAD}H0Z` }),
    draw("path", { class: "queue", d: staircase("waiting") }),
  );
  connect();
}

// Each of the two has a scale of its own: hundreds may wait for two that run.
function staircase(what) {
  const most = Math.max(...load.map((one) => one[what]), 1);
  const y = (count) => AXIS + LOAD - (count / most) * (LOAD - 6);
  return load.reduce((path, one) => `${path}H${x(one.at)}V${y(one[what])}`, `M0,${y(0)}`) + `H${x(wall)}`;
}

function connect() {
  edges.replaceChildren();
  if (shown === null) return;
  const middle = (step) => TOP + step.lane * ROW + BAR / 2;
  const curve = (from, to, more) => {
    const [x1, y1, x2, y2] = [x(from.end), middle(from), x(to.begin), middle(to)];
    const bend = Math.max((x2 - x1) / 2, 12);
    edges.append(draw("path", { class: `edge ${more}`, d: `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}` }));
  };
  steps[shown].needs.forEach((need) => curve(steps[need], steps[shown], "earlier"));
  neededBy[shown].forEach((later) => curve(steps[shown], steps[later], "later"));
}

// ---- One step

function show(at) {
  shown = at;
  const step = steps[at];
  bars.forEach((bar) => bar.classList.remove("shown", "related"));
  bars[at].classList.add("shown");
  [...step.needs, ...neededBy[at]].forEach((other) => bars[other].classList.add("related"));
  const last = step.needs.find((need) => steps[need].end === step.ready);
  const early = last === undefined ? null
    : make("p", {}, "It could begin when this had ended: ", link(last), delay(step) >= LATE
      ? `; it began ${time(delay(step))} later.` : "; it began at once.");
  byId("panel").replaceChildren(
    make("h3", {}, swatch(step.kind), title(step)),
    make("p", {}, `${time(took(step))}, from ${time(step.begin)} to ${time(step.end)} `,
      make("span", { class: step.outcome === "failed" ? "failed" : "quiet" }, [remark(step), onChain.has(at) ? "on the longest chain" : ""].filter(Boolean).join(", "))),
    ...[early, others("It needs ", step.needs), others("Needed by ", neededBy[at])].filter(Boolean),
  );
  connect();
}

const NAMED = 8;

function named(list) {
  const links = list.slice(0, NAMED).flatMap((other, index) => [index ? ", " : "", link(other)]);
  return [...links, list.length > NAMED ? ` and ${list.length - NAMED} more` : ""];
}

const others = (words, list) => (list.length ? make("p", {}, words, ...named(list)) : null);

function go(at) {
  bars.forEach((bar, other) => bar.setAttribute("tabindex", other === at ? "0" : "-1"));
  bars[at].focus();
  bars[at].scrollIntoView({ block: "nearest", inline: "nearest" });
}

function keys(event) {
  const at = bars.indexOf(document.activeElement);
  if (at < 0) return;
  const latest = steps[at].needs.reduce((one, other) => (one === null || steps[other].end > steps[one].end ? other : one), null);
  const target = {
    ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1,
    ArrowUp: latest === null ? at - 1 : latest, ArrowDown: neededBy[at].length ? neededBy[at][0] : at + 1,
  }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  go(Math.min(Math.max(target, 0), bars.length - 1));
}

function scale(factor) {
  const scroll = byId("scroll");
  const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / zoom;
  zoom = factor === 0 ? 1 : Math.min(Math.max(zoom * factor, 1), 200);
  layout();
  scroll.scrollLeft = middle * zoom - scroll.clientWidth / 2;
}

// ---- Lists

const FIRST = 20;

function table(many) {
  const order = steps.map((step, at) => at).filter((at) => steps[at].outcome !== "unchanged");
  order.sort((one, other) => took(steps[other]) - took(steps[one]));
  byId("rows").replaceChildren(...order.slice(0, many).map((at) => {
    const step = steps[at];
    const cell = (text) => make("td", { class: "number" }, text);
    const early = delay(step) >= LATE ? `${time(delay(step))} earlier` : "";
    const remarks = [remark(step), onChain.has(at) ? "longest chain" : ""].filter(Boolean).join(", ");
    return make("tr", {}, make("td", {}, swatch(step.kind), link(at)), cell(time(took(step))),
      cell(percent(took(step) / wall)), cell(time(step.begin)), cell(early), make("td", {}, remarks));
  }));
  const more = byId("more");
  more.hidden = order.length <= many;
  more.textContent = `Show all ${order.length} steps`;
}

function lists() {
  byId("chain").append(...summary.chain.map((at) =>
    make("li", {}, link(at), make("span", { class: "quiet" }, ` ${time(took(steps[at]))}`))));
  byId("chain-about").textContent = `Each step needs the one before it. Together they take ${time(summary.chain_time)}; with these steps no build is shorter.`;
  table(FIRST);
  byId("more").addEventListener("click", () => table(steps.length));
  const same = steps.filter((step) => step.outcome === "unchanged");
  byId("unchanged").hidden = !same.length;
  byId("unchanged-title").textContent = `${number(same.length, "step was", "steps were")} not run: what an earlier build made is still right`;
  byId("unchanged-list").append(...same.map((step) => make("li", {}, title(step))));
}

head();
legend();
frame();
lists();
byId("panel").append(make("p", { class: "quiet" }, "Point at a step, click it to keep it here, or go there with the keyboard: left and right in their order, up to what it waited for, down to what needs it."));
layout();
byId("plane").addEventListener("keydown", keys);
// On the way to the panel the pointer may cross other steps.
byId("plane").addEventListener("mouseleave", () => focused !== null && show(focused));
byId("zoom-in").addEventListener("click", () => scale(2));
byId("zoom-out").addEventListener("click", () => scale(0.5));
byId("zoom-fit").addEventListener("click", () => scale(0));
window.addEventListener("resize", layout);
