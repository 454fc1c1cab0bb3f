// Keeps a page of `pressroom preview` or `pressroom sink` up to date. Without it, a page is as it was when it was loaded.
"use strict";

const live = document.getElementById("live");
const form = document.querySelector("form.how");
const windows = new ResizeObserver((seen) => seen.forEach(({ target }) => fit(target)));
let busy = false, again = false;

document.documentElement.classList.add("scripted");
document.querySelectorAll(".window").forEach((one) => windows.observe(one));
form?.addEventListener("change", () => form.requestSubmit());
if (shown() !== undefined) follow();

function follow() {
  const source = new EventSource("/events");
  let lost = false;
  say("live");
  source.onopen = () => { if (lost) update(); lost = false; };
  source.onerror = () => { lost = true; say("the command has ended", true); };
  source.onmessage = (event) => { if (event.data !== shown()) update(); };
}

function shown() {
  return document.getElementById("shown")?.dataset.number;
}

function say(words, bad = false) {
  live.textContent = words;
  live.classList.toggle("bad", bad);
}

// Frames are drawn as wide as a phone or a desk is, and then made smaller.
function fit(box) {
  const frame = box.querySelector("iframe");
  const wide = Number(getComputedStyle(box).getPropertyValue("--wide"));
  box.style.setProperty("--scale", Math.min(1, box.clientWidth / (wide || frame.offsetWidth)));
}

async function update() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.href);
    take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    say(`live · ${new Date().toLocaleTimeString()}`);
  } catch {
    say("the command has ended", true);
  }
  busy = false;
  if (again) { again = false; update(); }
}

function take(next) {
  document.title = next.title;
  for (const fresh of next.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (!old) { location.reload(); return; }
    if (old.innerHTML === fresh.innerHTML) { old.dataset.number = fresh.dataset.number; continue; }
    for (const open of old.querySelectorAll("details[id]")) {
      const same = fresh.querySelector(`#${CSS.escape(open.id)}`);
      if (same) same.open = open.open;
    }
    old.replaceWith(document.adoptNode(fresh));
  }
  const frames = document.getElementById("frames"), fresh = next.getElementById("frames");
  if (!frames) return;
  frames.dataset.stale = fresh.dataset.stale;
  for (const section of fresh.querySelectorAll("section")) {
    const old = document.getElementById(section.id);
    if (old) renew(old.querySelector(".window"), section.querySelector("iframe"));
    else { frames.append(document.adoptNode(section)); windows.observe(section.querySelector(".window")); }
  }
}

// The new frame lies below the old one until it is complete, and stands where that one stood.
function renew(box, fresh) {
  const [old] = box.querySelectorAll("iframe:not([data-coming])");
  if (old.getAttribute("src") === fresh.getAttribute("src")) return;
  box.querySelectorAll("[data-coming]").forEach((one) => one.remove());
  const coming = document.adoptNode(fresh);
  coming.dataset.coming = "";
  coming.addEventListener("load", () => {
    coming.contentWindow.scrollTo(old.contentWindow.scrollX, old.contentWindow.scrollY);
    delete coming.dataset.coming;
    old.remove();
  }, { once: true });
  box.prepend(coming);
}
