// Rehearses questions: one at a time in random order, with a clock of two minutes. The page works without it.
(() => {
  "use strict";
  const SECONDS = 120;
  for (const place of document.querySelectorAll("[data-questions]")) {
    const find = (name) => place.querySelector(`[data-${name}]`);
    const clock = find("clock"), next = find("next"), all = find("all"), over = find("over");
    const questions = [...place.querySelectorAll(".questions > li")];
    const first = next.textContent;
    let waiting = [], ends = 0, ticking = 0;

    const tell = () => {
      const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
      clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (left) return;
      clearInterval(ticking);
      over.textContent = over.dataset.over;
    };
    const shuffled = () => {
      const order = questions.map((question) => [Math.random(), question]);
      return order.sort((one, other) => one[0] - other[0]).map(([, question]) => question);
    };
    const show = (shown) => {
      clearInterval(ticking);
      over.textContent = "";
      for (const question of questions) question.hidden = shown !== null && question !== shown;
      all.hidden = clock.hidden = shown === null;
      next.textContent = shown === null ? first : next.dataset.onward;
      if (shown === null) return;
      for (const folded of shown.querySelectorAll("details")) folded.open = false;
      ends = Date.now() + SECONDS * 1000;
      ticking = setInterval(tell, 250);
      tell();
      shown.querySelector("h2").focus();
    };
    next.addEventListener("click", () => {
      if (!waiting.length) waiting = shuffled();
      show(waiting.pop());
    });
    all.addEventListener("click", () => {
      waiting = [];
      show(null);
      next.focus();
    });
    find("rehearse").hidden = false;
  }
})();
