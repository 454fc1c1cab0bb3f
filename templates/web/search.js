// Opens the search by the key "/", and searches as one types. publisher/site/found.py ranks in the same way.
(() => {
  "use strict";
  const SECTIONS = 64, PASSAGES = 4096, WORDS = 12, BEGUN = 0.7, SHORTEST = 4, ENDING = 3, SHOWN = 20;
  const UNSPACED = "\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}ー\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}";
  const RUN = new RegExp(`[${UNSPACED}]+|(?:(?![${UNSPACED}])[\\p{L}\\p{N}]\\p{M}*)+`, "gu");
  const isUnspaced = new RegExp(`^[${UNSPACED}]`, "u");

  document.addEventListener("keydown", (event) => {
    const link = document.querySelector("a[data-search]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !link) return;
    if (event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]")) return;
    event.preventDefault();
    const field = document.getElementById("q");
    if (field && document.querySelector("[data-find]")) field.focus();
    else location.assign(link.href);
  });

  const place = document.querySelector("[data-find]");
  if (!place) return;
  const form = place.querySelector("form"), field = form.elements.q;
  const count = place.querySelector("[data-count]"), results = place.querySelector("[data-results]");
  const files = new Map();
  const load = (name) => {
    if (!files.has(name)) {
      const answer = fetch(`${place.dataset.find}search/${name}.json`).then((found) => {
        if (!found.ok) throw new Error(name);
        return found.json();
      });
      answer.catch(() => files.delete(name));
      files.set(name, answer);
    }
    return files.get(name);
  };

  const fold = (word) => word.normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC");
  const cased = (text) => text.normalize("NFKC").toLowerCase().replace(/ß/g, "ss").replace(/ς/g, "σ");
  const words = (text) => (cased(text).match(RUN) || []).flatMap((run) => {
    const signs = [...run];
    if (!isUnspaced.test(run) || signs.length < 3) return [signs.slice(0, 64).join("")];
    return signs.slice(1).map((sign, index) => signs[index] + sign);
  });
  const shard = (word) => /^[a-z]/.test(word) ? word[0] : /^[0-9]/.test(word) ? "0" : `x${word.codePointAt(0) % 8}`;
  const typed = (query, stop) => {
    const every = [...new Set(words(query.slice(0, 1000)).slice(0, WORDS))];
    const kept = every.filter((word) => !stop.has(word));
    return (kept.length ? kept : every).map(fold);
  };
  const termsOf = (shards, word, begun) => {
    for (let missing = 0; missing <= ENDING; missing += 1) {
      const signs = [...word], start = signs.slice(0, Math.max(0, signs.length - missing)).join("");
      if (missing && signs.length - missing < SHORTEST) break;
      const found = new Map();
      for (const { terms } of shards) {
        for (const [term, [written]] of Object.entries(terms)) {
          const forms = written.split(" ");
          if (!missing && forms.includes(start)) found.set(term, 1);
          else if ((begun || missing) && !found.has(term) && forms.some((one) => one.startsWith(start))) found.set(term, BEGUN);
        }
      }
      if (found.size) return found;
    }
    return new Map();
  };
  const ofWord = async (about, word, begun) => {
    const shards = await Promise.all(about.segments.map(([name]) => load(`${name}/${shard(word)}`)));
    const total = shards.reduce((sum, one) => sum + one.count, 0), scores = new Map(), marked = new Set();
    for (const [term, factor] of termsOf(shards, word, begun)) {
      const lists = shards.map((one) => Object.hasOwn(one.terms, term) ? one.terms[term] : ["", []]);
      for (const [forms] of lists) for (const one of forms.split(" ")) marked.add(one);
      const passages = lists.reduce((sum, [, list]) => sum + list.length / 2, 0);
      const rare = factor * Math.log(1 + (total - passages + 0.5) / (passages + 0.5));
      lists.forEach(([, list], number) => {
        for (let at = 0; at < list.length; at += 2) {
          const key = `${number} ${list[at]}`, score = rare * list[at + 1];
          if (score > (scores.get(key) || 0)) scores.set(key, score);
        }
      });
    }
    return { scores, marked };
  };
  const find = async (query) => {
    const about = await load("index");
    const wanted = typed(query, new Set(about.stop)), scores = new Map(), marked = new Set();
    const each = await Promise.all(wanted.map((word, number) => ofWord(about, word, number === wanted.length - 1)));
    for (const one of each) {
      for (const form of one.marked) marked.add(form);
      for (const [key, score] of one.scores) {
        const [sum, hits] = scores.get(key) || [0, 0];
        scores.set(key, [sum + score, hits + 1]);
      }
    }
    const found = [...scores].map(([key, [sum, hits]]) => {
      const [number, passage] = key.split(" ").map(Number), document = Math.floor(passage / SECTIONS / PASSAGES);
      const [segment, ...rows] = about.segments[number], row = rows[document];
      return {
        number, passage, row, file: `${segment}/text-${document}`, ordinal: passage % PASSAGES,
        section: about.sections[Math.floor(passage / PASSAGES) % SECTIONS], score: Math.round(sum * hits / wanted.length * row[3]),
      };
    });
    found.sort((one, two) => two.score - one.score || one.number - two.number || one.passage - two.passage);
    return { found, marked };
  };

  const highlighted = (text, marked) => {
    const made = document.createDocumentFragment();
    let from = 0;
    for (const run of text.matchAll(RUN)) {
      if (!words(run[0]).some((word) => marked.has(fold(word)))) continue;
      const mark = document.createElement("mark");
      mark.textContent = run[0];
      made.append(text.slice(from, run.index), mark);
      from = run.index + run[0].length;
    }
    made.append(text.slice(from));
    return made;
  };
  const element = (name, kind, ...inside) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...inside);
    return made;
  };
  const address = (one, section, text) => {
    const start = text.split(/["'“”‘’«»„–—…`]/)[0].split(" ").slice(0, 6).join(" ").trim();
    const passage = start.includes(" ") ? `:~:text=${encodeURIComponent(start).replace(/-/g, "%2D")}` : "";
    const anchor = section || passage ? `#${section}${passage}` : "";
    return `${place.dataset.find}${one.row[0]}${anchor}`;
  };
  const day = new Intl.DateTimeFormat(document.documentElement.lang.replace(/^en$/, "en-GB"), { dateStyle: "long", timeZone: "UTC" });
  const shown = (one, [section, heading, text], marked) => {
    const [, number, date, , title] = one.row, [, label, hue] = one.section;
    const about = number ? [place.dataset.number.replace("#", number), day.format(new Date(date))] : [];
    const link = element("a", "", highlighted(heading || title, marked));
    link.href = address(one, section, text);
    return element("li", `hue-${hue}`,
      element("p", "eyebrow", [`// ${label}`, ...about].join(" · ")),
      element("h2", "", link), element("p", "", highlighted(text, marked)));
  };

  let latest = 0;
  const update = async () => {
    const query = field.value.trim(), within = form.elements.in.value, mine = latest += 1;
    const address = new URL(location.href);
    if (query) address.searchParams.set("q", query); else address.searchParams.delete("q");
    history.replaceState(null, "", address);
    try {
      const { found, marked } = query ? await find(query) : { found: [], marked: new Set() };
      const kept = found.filter((one) => !within || one.section[0] === within);
      const rows = kept.slice(0, SHOWN);
      const texts = await Promise.all(rows.map((one) => load(one.file)));
      if (mine !== latest) return;
      results.replaceChildren(...rows.map((one, index) => shown(one, texts[index][one.ordinal], marked)));
      const many = place.dataset.many.replace("#", kept.length);
      count.textContent = !query ? "" : kept.length > 1 ? many : kept.length ? place.dataset.one : place.dataset.none;
    } catch {
      if (mine === latest) count.textContent = place.dataset.failed;
    }
  };
  form.addEventListener("input", update);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await update();
    const first = results.querySelector("a");
    if (first) location.assign(first.href);
  });
  place.addEventListener("keydown", (event) => {
    const links = [...results.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      if (at < 0 && document.activeElement === field) field.value = "";
      field.focus();
      update();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && document.activeElement.type !== "radio") {
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      if (next < 0) field.focus();
      else if (links[next]) links[next].focus();
      event.preventDefault();
    }
  });
  form.hidden = false;
  field.value = new URL(location.href).searchParams.get("q") || "";
  field.focus();
  if (field.value) update();
})();
