"""A diagram of every kind and form that Mermaid has, with names and labels as editors write them."""

KINDS = {
    "flowchart": """\
flowchart TD
    accTitle: Routing
    accDescr: A request is routed.
    A([Request arrives]) --> B{Is the primary healthy?}
    B -- "yes, and below budget" --> C[Primary provider]
    B -- no --> D[(Fallback provider)]
    subgraph S [One region]
        C --> E[[Stream tokens]]
        D --> E
    end
    E -.-> F>Log]
    E ==> G{{Bill the tenant}}
    G --> H[/Report/]
""",
    "flowchart LR": """\
flowchart LR
    accDescr: A diagram.
    A["`**Bold** and *italic* words`"] --o B((Circle)) --x C(Round)
    C <--> D[One<br/>two lines]
    D -->|a long label on the edge| A
""",
    "flowchart with colours": """\
graph TB
    accDescr: A diagram.
    a-->b & c-->d
    style a fill:#f9f,stroke:#333
    classDef hot fill:#f96
    class b hot
""",
    "sequence": """\
sequenceDiagram
    accDescr: A diagram.
    autonumber
    actor U as User
    participant P as Streaming proxy
    participant M as Model
    U->>+P: POST /chat
    P->>+M: open a stream
    loop each token
        M-->>P: token
        P-->>U: server-sent event
    end
    alt the user leaves
        U-xP: disconnect
        P->>M: cancel
    else the answer is complete
        M-->>-P: done
    end
    Note over U,P: Nothing is billed after the cancel
    Note right of M: A long note that has many words in it to be wrapped or not
    P-->>-U: close
""",
    "class": """\
classDiagram
    accDescr: A diagram.
    class Subscriber {
        +String email
        +DateTime confirmedAt
        #int attempts
        +unsubscribe(token) bool
    }
    class Delivery {
        <<interface>>
        +send(message)
    }
    Subscriber "1" --> "0..*" Delivery : receives
    Delivery <|-- SmtpDelivery
    Subscriber *-- Preference : owns
    note for Subscriber "One row for each address"
    namespace Mail {
        class Envelope
    }
    Envelope ..> Delivery
""",
    "state": """\
stateDiagram-v2
    accDescr: A diagram.
    [*] --> Queued
    Queued --> Claimed : a worker takes it
    Claimed --> Sent : 250 OK
    Claimed --> Deferred : 4xx
    Deferred --> Queued
    state Claimed {
        [*] --> Connecting
        Connecting --> AtDot
        AtDot --> [*]
    }
    state check <<choice>>
    Sent --> check
    check --> Archived : older than 90 days
    check --> [*]
    note right of Sent : The server has accepted it
""",
    "state with forks": """\
stateDiagram
    accDescr: A diagram.
    direction LR
    state fork_state <<fork>>
    [*] --> fork_state
    fork_state --> A
    fork_state --> B
    state join_state <<join>>
    A --> join_state
    B --> join_state
    join_state --> Done
    Done --> [*]
    state Active {
        [*] --> NumLockOff
        --
        [*] --> CapsLockOff
    }
""",
    "er": """\
erDiagram
    accDescr: A diagram.
    SUBSCRIBER ||--o{ CONSENT : "gave, one for each form"
    SUBSCRIBER {
        int id PK
        string email_address UK "stored in lower case"
        datetime confirmed_at
    }
    CONSENT {
        int id PK
        int subscriber_id FK
        text wording_of_the_form "exactly as shown"
    }
    ISSUE }|..|{ SUBSCRIBER : reaches
""",
    "gantt": """\
gantt
    accDescr: A diagram.
    title A week of the newsletter
    dateFormat YYYY-MM-DD
    section Write
    Concept piece      :done, a1, 2026-01-01, 30d
    Architecture piece :active, a2, after a1, 20d
    section Send
    Approval by two editors :crit, b1, 2026-02-20, 12d
    Send :milestone, m1, 2026-03-04, 0d
""",
    "journey": """\
journey
    accDescr: A diagram.
    title A reader's first week
    section Sign up
      Read the form: 5: Reader
      Confirm by mail: 3: Reader, Mail server
    section First issue
      Open it: 4: Reader
      Copy the code: 5: Reader, Author
""",
    "pie": """\
pie showData
    accDescr: A diagram.
    title Where the time goes
    "Waiting for the model" : 62
    "Retrieval" : 21
    "Everything else" : 17
""",
    "quadrant": """\
quadrantChart
    accDescr: A diagram.
    title Reach and effort
    x-axis Low effort --> High effort
    y-axis Low reach --> High reach
    quadrant-1 Plan it
    quadrant-2 Do it now
    quadrant-3 Leave it
    quadrant-4 Think again
    Caching: [0.3, 0.8]
    Fine-tuning: [0.8, 0.4]
    Prompt rewrite: [0.2, 0.3]
""",
    "requirement": """\
requirementDiagram
    accDescr: A diagram.
    requirement one_click {
        id: 1
        text: One click unsubscribes.
        risk: high
        verifymethod: test
    }
    functionalRequirement no_tracking {
        id: 2
        text: No pixel is sent
        risk: low
        verifymethod: inspection
    }
    element mail_footer {
        type: template
        docref: templates/email/frame.mjml
    }
    mail_footer - satisfies -> one_click
    one_click - contains -> no_tracking
""",
    "gitgraph": """\
gitGraph
    accDescr: A diagram.
    commit id: "init"
    branch develop
    checkout develop
    commit id: "feature one"
    commit
    checkout main
    merge develop tag: "v1.0"
    branch hotfix-of-a-long-name
    commit type: HIGHLIGHT
    checkout main
    cherry-pick id: "feature one"
    commit type: REVERSE
""",
    "C4Context": """\
C4Context
    accDescr: A diagram.
    title System context of the newsletter
    Person(reader, "Reader", "Gets one issue a week, and can leave with one click")
    System(press, "Pressroom", "Turns Markdown into mail and pages")
    System_Ext(smtp, "Mail server", "Delivers mail by SMTP")
    Rel(press, smtp, "hands messages to", "SMTP")
    Rel(smtp, reader, "delivers to")
    Rel(reader, press, "signs up at", "HTTPS")
""",
    "C4Container": """\
C4Container
    accDescr: A diagram.
    title Containers
    Person(editor, "Editor", "Writes pieces")
    System_Boundary(b, "Pressroom") {
        Container(web, "Web", "FastAPI", "Forms and pages")
        ContainerDb(db, "Database", "PostgreSQL", "Readers, ledger")
    }
    Rel(editor, web, "uses", "HTTPS")
    Rel(web, db, "reads and writes", "SQL")
""",
    "C4Dynamic": """\
C4Dynamic
    accDescr: A diagram.
    title Dynamic
    Container(a, "Single-page app", "JS", "Shows")
    Container_Boundary(b, "API") {
        Component(c, "Sign in", "Python", "Lets in")
    }
    Rel(a, c, "sends", "JSON")
""",
    "C4Deployment": """\
C4Deployment
    accDescr: A diagram.
    title Deployment
    Deployment_Node(n, "One machine", "Debian 12") {
        Container(web, "Web", "uvicorn", "Serves")
    }
    Deployment_Node(m, "Database machine", "Debian 12") {
        ContainerDb(db, "Database", "PostgreSQL", "Stores")
    }
    Rel(web, db, "SQL")
""",
    "mindmap": """\
mindmap
  root((Retrieval))
    Chunking
      By paragraph
      By tokens
    Embedding
      a["A square"]
      b("Rounded")
      c{{Hexagon}}
    Ranking
      BM25
      A cross-encoder that reads both texts at once
""",
    "timeline": """\
timeline
    accDescr: A diagram.
    title History of the newsletter
    section Beginnings
    2024 : First issue : Ten readers
    2025 : One thousand readers
    section Now
    2026 : Learning paths : Courses by mail : A long event text that has to be wrapped somewhere
""",
    "sankey": """\
sankey-beta
%% accDescr: A diagram.
Sign-ups,Confirmed,80
Sign-ups,Never confirmed,20
Confirmed,Active,70
Confirmed,Unsubscribed,10
""",
    "xychart": """\
xychart-beta
    accDescr: A diagram.
    title "Latency by batch size"
    x-axis "Batch size" [1, 2, 4, 8, 16]
    y-axis "Milliseconds" 0 --> 400
    bar [50, 80, 130, 220, 390]
    line [50, 80, 130, 220, 390]
""",
    "xychart horizontal": """\
xychart horizontal
    accDescr: A diagram.
    title "Readers"
    x-axis [January, February, March]
    y-axis "Readers" 0 --> 1200
    bar [200, 650, 1100]
""",
    "block with arrows": """\
block
    columns 1
    db(("DB"))
    blockArrowId6<["next"]>(down)
    block:ID
        A
        B["A wide one in the middle"]
        C
    end
    space
    D
    ID --> D
    C --> D
""",
    "C4Component": """\
C4Component
    accDescr: A diagram.
    title Components
    Container_Boundary(api, "API") {
        Component(sign, "Sign-up", "Python", "Takes sign-ups")
        Component(tok, "Tokens", "Python", "Signs links")
    }
    Rel(sign, tok, "asks")
""",
    "gantt in days": """\
gantt
    accDescr: A diagram.
    dateFormat YYYY-MM-DD
    axisFormat %Y-%m-%d
    section One
    Write :2026-01-01, 2d
    Review :2026-01-03, 3d
""",
    "block": """\
block-beta
    accDescr: A diagram.
    columns 3
    a["Front end"] b:2
    block:group1:2
        columns 2
        h i j k
    end
    g
    a --> h
    db[("Database")]
    c(("Circle"))
""",
    "packet": """\
packet-beta
    accDescr: A diagram.
    title TCP header
    0-15: "Source port"
    16-31: "Destination port"
    32-63: "Sequence number"
    64-95: "Acknowledgement number"
    96-99: "Data offset"
    100-105: "Reserved"
    106: "URG"
    107: "ACK"
    108: "PSH"
    109: "RST"
    110: "SYN"
    111: "FIN"
    112-127: "Window"
""",
    "kanban": """\
kanban
  Todo
    [Write the documentation]
    docs[Create a blog post about the new diagram]
  id7[In progress]
    id6[Create renderer so that it works in all cases]@{ assigned: 'knsv', ticket: 'MC-2037', priority: 'High' }
  Done
    id9[Ship]
""",
    "architecture": """\
architecture-beta
    accDescr: A diagram.
    group api(cloud)[API]
    service db(database)[Database] in api
    service disk1(disk)[Storage] in api
    service server(server)[Server] in api
    service gw(internet)[Gateway]
    db:L -- R:server
    disk1:T -- B:server
    gw:R --> L:server
""",
    "radar": """\
radar-beta
    accDescr: A diagram.
    title Model cards
    axis m["Maths"], s["Science"], e["English"], h["History"], g["Geography"]
    curve a["Small model"]{85, 90, 80, 70, 75}
    curve b["Large model"]{70, 75, 85, 80, 90}
    max 100
    min 0
""",
    "treemap": """\
treemap-beta
"Tokens"
    "Prompt"
        "System": 200
        "Passages": 900
    "Answer": 400
""",
    "zenuml": """\
zenuml
    title Order
    Alice->Bob: Hello
    Bob->Alice: Hi there
""",
    "venn": """\
venn-beta
  title "Team overlap"
  set Frontend
  set Backend
  union Frontend,Backend["APIs"]
""",
    "ishikawa": """\
ishikawa-beta
    Blurry photo
    Process
        Out of focus
        Shutter speed too slow
    User
        Shaky hands
    Equipment
        Bad lens
""",
    "treeview": """\
treeView-beta
    "docs"
        "content.md"
        "house.md"
    "publisher"
        "render"
            "mail.py"
""",
    "railroad": """\
railroad-ebnf-beta
  digit = "0" | "1" ;
  number = digit, { digit } ;
""",
    "wardley": """\
wardley-beta
title Tea Shop
anchor Business [0.95, 0.63]
component Cup of Tea [0.79, 0.61]
component Kettle [0.43, 0.35]
Business -> Cup of Tea
Cup of Tea -> Kettle
""",
    "cynefin": """\
cynefin-beta
  title Incidents
  complex
    "Odd latency"
  complicated
    "Slow query"
  clear
    "Disk full"
  chaotic
    "Outage"
""",
    "eventmodeling": """\
eventmodeling
tf 01 ui Form
tf 02 cmd SignUp
tf 03 evt SignedUp
""",
    "front matter": """\
---
title: A title from front matter
config:
  theme: forest
---
flowchart LR
    accDescr: A diagram.
    A --> B
""",
    "flowchart-elk": """\
flowchart-elk TD
    accDescr: A diagram.
    A --> B
    A --> C
""",
}
