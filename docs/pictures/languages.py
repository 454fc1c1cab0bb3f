"""One issue in six languages, to look at what the frame of mail and pages makes of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from publisher.deliver.message_builder import greeting
from publisher.issue import DraftNote, IsoWeek, Issue, Section
from publisher.language import language_of
from publisher.merge_fields import filled
from publisher.ports import Content
from publisher.publication import Publication
from publisher.render import environment, render_issue
from publisher.site import site_files

ROOT = Path(__file__).parents[2]
HOME = "https://notes.example.com"
IDS = ("concept", "architecture", "project", "question")


@dataclass(frozen=True)
class Words:
    """What a publication says in one language."""

    name: str
    labels: tuple[str, str, str, str]
    title: str
    summary: str
    text: str
    heading: str
    items: tuple[str, str]
    table: tuple[str, str, str]
    comment: str
    note: str


WORDS = {
    "en": Words(
        "Production Notes", ("concept", "architecture", "project idea", "interview question"),
        "Vectors in the database you run", "When exact search beats an index, and what an index costs in memory.",
        "A bucket of 60,000 tokens refills at 1,000 tokens a second, so fifteen requests pass at once. The rest wait in",
        "What the index costs", ("Memory: about **1.2 GB** for a million rows", "Time at each write: see"),
        ("way", "query", "memory"), "How many hits?", "Measured on a laptop.",
    ),
    "de": Words(
        "Notizen aus der Produktion", ("Konzept", "Architektur", "Projektidee", "Interviewfrage"),
        "Vektoren in der Datenbank, die du schon betreibst",
        "Wann die exakte Suche einen Index schlägt, und was ein Index an Speicher kostet.",
        "Ein Eimer mit 60.000 Token füllt sich mit 1.000 Token pro Sekunde, also gehen fünfzehn Anfragen auf einmal durch. Der Rest wartet in",
        "Was der Index kostet", ("Speicher: etwa **1,2 GB** je Million Zeilen", "Zeit bei jedem Schreiben: siehe"),
        ("Weg", "Anfrage", "Speicher"), "Wie viele Treffer?", "Gemessen auf einem Laptop.",
    ),
    "fr": Words(
        "Notes de production", ("concept", "architecture", "idée de projet", "question d’entretien"),
        "Des vecteurs dans la base que vous avez déjà", "Quand la recherche exacte bat un index, et ce qu’un index coûte en mémoire.",
        "Un seau de 60\N{NARROW NO-BREAK SPACE}000 jetons se remplit à raison de 1\N{NARROW NO-BREAK SPACE}000 jetons par seconde\N{NO-BREAK SPACE}: quinze requêtes passent donc d’un coup. Le reste attend dans",
        "Ce que coûte l’index", ("Mémoire\N{NO-BREAK SPACE}: environ **1,2 Go** par million de lignes", "Temps à chaque écriture\N{NO-BREAK SPACE}: voir"),
        ("méthode", "requête", "mémoire"), "Combien de résultats\N{NARROW NO-BREAK SPACE}?", "Mesuré sur un portable.",
    ),
    "es": Words(
        "Notas de producción", ("concepto", "arquitectura", "idea de proyecto", "pregunta de entrevista"),
        "Vectores en la base de datos que ya tienes", "Cuándo la búsqueda exacta gana a un índice, y cuánta memoria cuesta un índice.",
        "Un cubo de 60.000 tokens se llena a 1.000 tokens por segundo, así que quince peticiones pasan de golpe. El resto espera en",
        "Lo que cuesta el índice", ("Memoria: unos **1,2 GB** por millón de filas", "Tiempo en cada escritura: véase"),
        ("vía", "consulta", "memoria"), "¿Cuántos resultados?", "Medido en un portátil.",
    ),
    "ar": Words(
        "ملاحظات الإنتاج", ("مفهوم", "بنية", "فكرة مشروع", "سؤال مقابلة"),
        "المتجهات في قاعدة PostgreSQL التي تشغّلها أصلًا", "متى يتفوق البحث الدقيق على الفهرس، وكم يكلّف الفهرس من الذاكرة.",
        "API هو الباب: دلو فيه 60,000 رمز يمتلئ بمعدل 1,000 رمز في الثانية، فتمرّ خمسة عشر طلبًا دفعة واحدة. والباقي ينتظر في",
        "كم يكلّف الفهرس", ("الذاكرة: نحو **1.2 GB** لكل مليون صف", "الوقت عند كل كتابة: انظر"),
        ("الطريق", "الطلب", "الذاكرة"), "كم نتيجة؟", "قيس على حاسوب محمول.",
    ),
    "ja": Words(
        "本番AIノート", ("概念", "構成", "プロジェクト案", "面接の質問"),
        "すでに動かしているデータベースの中のベクトル", "厳密な検索が索引に勝つのはいつか、索引はメモリーをどれだけ使うか。",
        "6万トークンのバケツは毎秒1,000トークンで満たされるので、15件のリクエストが一度に通ります。残りはここで待ちます：",
        "索引の費用", ("メモリー：100万行あたり約**1.2 GB**", "書き込みごとの時間："),
        ("方法", "問い合わせ", "メモリー"), "何件?", "ノートパソコンで測定。",
    ),
}  # fmt: skip


def write(folder: Path) -> None:
    """Write TAG/mail.html, TAG/mail.txt and the site of each language into a folder."""
    templates = environment(ROOT / "templates")
    for tag, words in WORDS.items():
        content = _content(tag, words)
        publication, issue = content.publication, content.issues[-1]
        rendered = render_issue(issue, content, templates)
        values = {"greeting": greeting("Ada", language_of(publication)), "address": "ada@example.com"} | dict.fromkeys(
            ("unsubscribe", "preferences"), HOME
        )
        files = dict(site_files(content, content.issues, templates))
        files["mail.html"] = filled(rendered.html, **values).encode()
        files["mail.txt"] = filled(rendered.text, **values).encode()
        for name, data in files.items():
            (folder / tag / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / tag / name).write_bytes(data)


def _content(tag: str, words: Words) -> Content:
    publication = Publication.model_validate({
        "name": words.name, "tagline": words.summary, "language": tag, "base_url": HOME,
        "postal_address": f"{words.name}, 1 Example Street", "list_id": "weekly.notes.example.com",
        "sender": {"name": words.name, "address": "notes@notes.example.com"}, "draft": {"before": "question"},
        "section": [{"id": id_, "folder": f"{id_}s", "label": label} for id_, label in zip(IDS, words.labels, strict=True)],
        "editor": [{"name": "Robin", "address": "robin@notes.example.com"}],
    })  # fmt: skip
    return Content(publication, (), tuple(_issue(number, publication, words) for number in (2, 3)), (), (), ())


def _issue(number: int, publication: Publication, words: Words) -> Issue:
    day = dt.date(2026, 11, 5) + dt.timedelta(weeks=number - 3)
    bodies = {"concept": _body(words), "archive": f"{words.summary} [@0002-concept-1]\n\n> {words.text}\n"}
    order = publication.order() if number == 3 else IDS
    titles = {"concept": words.title, "archive": publication.draft.title}
    sections = [
        Section(id_, titles.get(id_, publication.label(id_)), bodies.get(id_, f"{words.summary}\n"), 1) for id_ in order
    ]
    return Issue(
        number=number, week=IsoWeek.of(day), date=day, title=words.title, preheader=words.summary, lead=words.text + " `queue`.",
        sections=tuple(sections), pieces={}, drafted=("archive",) if number == 3 else (),
        draft=DraftNote("extractive") if number == 3 else None, published=day, path=Path(f"content/issues/{number:04d}.md"),
        source=b"",
    )  # fmt: skip


def _body(words: Words) -> str:
    way, query, memory = words.table
    return f"""{words.text} `queue.pending`.[^1]

### {words.heading}

- {words.items[0]}
- {words.items[1]} `CREATE INDEX`

```python
# {words.comment}
for row in search(query, limit=10):
    print(row.id, row.score)
```

| {way} | {query} | {memory} |
|---|---|---:|
| SQLite | 38 ms | 0 |

> [!NOTE]
> {words.summary}

[^1]: {words.note}
"""
