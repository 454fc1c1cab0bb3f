// Keeps what a reader ticks on the steps of a learning path, in this browser only. The pages work without it.
(() => {
  "use strict";
  let store;
  try {
    store = window.localStorage;
    store.getItem("");
  } catch {
    return; // the browser keeps nothing
  }

  const ticked = (path) => {
    try {
      const kept = JSON.parse(store.getItem(path));
      return new Set(Array.isArray(kept) ? kept : []);
    } catch {
      return new Set();
    }
  };
  const keep = (path, ticks) => {
    try {
      store.setItem(path, JSON.stringify([...ticks]));
    } catch {
      // the browser's room is full: the tick holds until the page is left
    }
  };
  const stepsOf = (place) => place.dataset.steps.split(" ").map((step) => {
    const [slug, checks] = step.split(":");
    return { slug, ticks: checks.split(",").map((check) => `${slug}:${check}`) };
  });

  const show = (place, ticks) => {
    const steps = stepsOf(place);
    const done = new Set(steps.filter((step) => step.ticks.every((tick) => ticks.has(tick))).map((step) => step.slug));
    for (const box of place.querySelectorAll("[data-tick]")) {
      box.checked = ticks.has(`${place.dataset.here}:${box.dataset.tick}`);
    }
    for (const line of place.querySelectorAll("[data-step]")) {
      line.querySelector(".done").hidden = !done.has(line.dataset.step);
    }
    for (const mark of place.querySelectorAll(".place .done")) mark.hidden = !done.has(place.dataset.here);
    for (const words of place.querySelectorAll("[data-all]")) {
      words.textContent = done.has(place.dataset.here) ? words.dataset.all : "";
    }
    for (const words of place.querySelectorAll("[data-progress]")) {
      words.hidden = !ticks.size;
      words.textContent = words.dataset.progress.replace("{done}", done.size).replace("{count}", steps.length);
    }
    const next = steps.findIndex((step) => !done.has(step.slug));
    for (const button of place.querySelectorAll("[data-onward]")) {
      if (next < 0 || !ticks.size) continue;
      button.href = button.getAttribute("href").replace(/^[^/]+/, steps[next].slug);
      button.textContent = button.dataset.onward.replace("{number}", next + 1);
    }
  };

  for (const place of document.querySelectorAll("[data-path]")) {
    const path = place.dataset.path;
    let ticks = ticked(path);
    const showNow = () => show(place, (ticks = ticked(path)));
    for (const kept of place.querySelectorAll("[data-kept]")) kept.hidden = false;
    place.addEventListener("change", (event) => {
      if (!event.target.dataset.tick) return; // a field of the form
      const tick = `${place.dataset.here}:${event.target.dataset.tick}`;
      ticks = ticked(path); // as another tab left it
      if (event.target.checked) ticks.add(tick);
      else ticks.delete(tick);
      keep(path, ticks);
      show(place, ticks);
    });
    window.addEventListener("storage", showNow); // another tab
    window.addEventListener("pageshow", (event) => event.persisted && showNow()); // back from the next page
    showNow();
  }
})();
