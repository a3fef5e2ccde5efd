"use strict";
// Draws what /stream pushes. Text goes in as text only, so that no name can become markup.

const byId = (id) => document.getElementById(id);
const SVG = "http:" + "//www.w3.org/2000/svg";
const whole = new Intl.NumberFormat();
const sum = (list) => (list || []).reduce((a, b) => a + b, 0);
// The running minute is not over, so "per minute" means the last one that is.
const lastFull = (list) => (list && list.length > 1 ? list[list.length - 2] : 0);
const ms = (value) => (value == null ? "–" : value < 10 ? value.toFixed(1) + " ms" : whole.format(Math.round(value)) + " ms");

let view = null;
let heard = 0;

function make(tag, text, kind) {
  const node = document.createElement(tag);
  if (text != null) node.textContent = text;
  if (kind) node.className = kind;
  return node;
}

function spark(values, kind) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "spark " + (kind || ""));
  svg.setAttribute("viewBox", "0 0 100 30");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const top = Math.max(1, ...values.map((v) => v || 0));
  const step = 100 / Math.max(1, values.length - 1);
  const points = values.map((v, i) => (i * step).toFixed(2) + "," + (29 - ((v || 0) / top) * 27).toFixed(2));
  const area = document.createElementNS(SVG, "polygon");
  area.setAttribute("points", "0,30 " + points.join(" ") + " 100,30");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.join(" "));
  svg.append(area, line);
  return svg;
}

function tile(title, value, note, values, kind) {
  const card = make("article", null, "tile");
  card.append(make("h3", title), make("strong", value), make("p", note));
  if (values) card.append(spark(values, kind));
  return card;
}

function tiles(group) {
  const s = group.series;
  const hour = (name) => whole.format(sum(s[name])) + " in the last hour";
  const counted = (title, name, kind) => tile(title, whole.format(lastFull(s[name])), hour(name), s[name], kind);
  const r = group.recent;
  byId("tiles").replaceChildren(
    tile("Live calls", whole.format(group.live), Object.keys(group.phases).length + " phases", null),
    counted("Calls per minute", "call_started"),
    counted("Answers per minute", "answer"),
    tile("Answers, p50", ms(r.p50_ms), "last five minutes", group.p50_ms),
    tile("Answers, p95", ms(r.p95_ms), "last five minutes", group.p95_ms),
    tile("Answers, p99", ms(r.p99_ms), "last five minutes", group.p99_ms, "warn"),
    counted("Bookings per minute", "booked", "good"),
    counted("Moved per minute", "rescheduled"),
    counted("Cancelled per minute", "cancelled"),
    counted("Offers held per minute", "hold"),
    counted("Conflicts per minute", "conflict", "warn"),
    counted("Failures per minute", "failure", "bad"),
    counted("Degraded answers per minute", "degraded", "warn"),
    counted("Callbacks per minute", "callback"),
    counted("Events per minute", "event")
  );
}

function phases(group) {
  const list = Object.entries(group.phases).sort((a, b) => b[1] - a[1]);
  const rows = list.map(([name, count]) => {
    const row = make("li");
    const bar = make("progress");
    bar.max = Math.max(1, group.live);
    bar.value = count;
    bar.setAttribute("aria-label", name);
    row.append(make("span", name), bar, make("b", whole.format(count)));
    return row;
  });
  byId("phases").replaceChildren(...(rows.length ? rows : [make("li", "No calls right now.", "soft")]));
}

function table(id, heads, rows) {
  const head = make("tr");
  head.append(...heads.map((text) => { const th = make("th", text); th.scope = "col"; return th; }));
  const top = make("thead");
  top.append(head);
  const body = make("tbody");
  for (const cells of rows) {
    const row = make("tr");
    for (const cell of cells) {
      const td = make("td", cell instanceof Node ? null : cell.text ?? cell, cell.kind);
      if (cell instanceof Node) td.append(cell);
      row.append(td);
    }
    body.append(row);
  }
  if (!rows.length) {
    const td = make("td", "Nothing yet.", "soft");
    td.colSpan = heads.length;
    const row = make("tr");
    row.append(td);
    body.append(row);
  }
  byId(id).replaceChildren(top, body);
}

const marked = (count, kind) => ({ text: whole.format(count || 0), kind: count ? kind : "" });
const COLUMNS = ["Live", "p50", "p95", "p99", "Booked", "Moved", "Cancelled", "Held", "Conflicts", "Failures", "Answers"];

function companies() {
  table("companies", ["Company", ...COLUMNS, "Calls"], view.companies.map((c) => {
    const n = (name) => sum(c.series[name]);
    return [c.label, whole.format(c.live), ms(c.recent.p50_ms), ms(c.recent.p95_ms), ms(c.recent.p99_ms),
      marked(n("booked")), marked(n("rescheduled")), marked(n("cancelled")), marked(n("hold")),
      marked(n("conflict"), "warn"), marked(n("failure"), "bad"), marked(n("answer")), spark(c.series.call_started)];
  }));
}

function branches(company) {
  const list = company ? [company] : view.companies;
  const rows = list.flatMap((c) => c.branches.map((b) => {
    const n = (name) => b.counts[name] || 0;
    return [company ? b.label : c.label + " / " + b.label, whole.format(b.live), ms(b.p50_ms), ms(b.p95_ms), ms(b.p99_ms),
      marked(n("booked")), marked(n("rescheduled")), marked(n("cancelled")), marked(n("hold")),
      marked(n("conflict"), "warn"), marked(n("failure"), "bad"), marked(n("answer")), spark(b.answers)];
  }));
  table("branches", ["Branch", ...COLUMNS, "Answers"], rows.slice(0, 200));
  const more = list.reduce((a, c) => a + c.more_branches, 0) + Math.max(0, rows.length - 200);
  byId("more").textContent = more ? whole.format(more) + " quieter branches are not shown." : "";
}

function choices() {
  const box = byId("scope");
  const wanted = view.companies.map((c) => c.id + c.label).join();
  if (box.dataset.known === wanted) return;
  const chosen = box.value;
  const option = (value, text) => { const o = make("option", text); o.value = value; return o; };
  box.replaceChildren(option("", "whole fleet"), ...view.companies.map((c) => option(c.id, c.label)));
  box.value = chosen;
  if (box.selectedIndex < 0) box.value = "";
  box.dataset.known = wanted;
}

function draw() {
  if (!view || document.hidden) return;
  choices();
  const company = view.companies.find((c) => c.id === byId("scope").value);
  const group = company || view.fleet;
  tiles(group);
  phases(group);
  companies();
  branches(company);
}

function status() {
  const node = byId("status");
  const silent = Date.now() - heard > 5000;
  const old = view && view.stale;
  node.className = silent ? "off" : old ? "old" : "on";
  const text = silent ? (heard ? "no news, reconnecting" : "connecting") : old ? view.stale : "live, " + new Date(view.at).toLocaleTimeString();
  if (node.textContent !== text) node.textContent = text;
}

function follow() {
  const stream = new EventSource("stream");
  stream.onmessage = (event) => {
    view = JSON.parse(event.data);
    heard = Date.now();
    draw();
    status();
  };
  // The browser reconnects by itself after a break, but not after a refusal.
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
    status();
  };
}

byId("scope").addEventListener("change", draw);
document.addEventListener("visibilitychange", draw);
setInterval(status, 1000);
follow();
