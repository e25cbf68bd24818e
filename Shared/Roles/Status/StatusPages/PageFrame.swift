import Time

/// What all pages share: one inline style sheet, no external resources, no scripts.
struct PageFrame {
    let settings: StatusSettings
    let title: String
    /// The relative path from the page to the index: empty, or `../`.
    let root: String
    /// The page's own feed, in addition to that of all events.
    var feed: String?

    /// The complete page around `content`.
    func page(_ content: String) -> [UInt8] {
        let heading = HTML.escaped(title)
        let more = feed.map {
            "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"This mirror\" "
                + "href=\"\($0)\">\n"
        }
        return Array(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(heading)</title>
            <link rel="alternate" type="application/atom+xml" title="All events" \
            href="\(root)events.atom">
            \(more ?? "")<style>
            \(Self.sheet)</style>
            </head>
            <body>
            <a class="skip" href="#content">To the content</a>
            <header><nav aria-label="Pages">\(navigation)</nav></header>
            <main id="content">
            \(content)</main>
            <footer>\(footer)</footer>
            </body>
            </html>

            """.utf8
        )
    }

    private var navigation: String {
        [
            ("index.html", "All mirrors"), ("events.html", "Events"), ("coverage.html", "Files"),
            ("spread.html", "Spread"),
        ].map { "<a href=\"\(root)\($0.0)\">\($0.1)</a>" }.joined(separator: " ")
    }

    private var footer: String {
        let files = [
            ("status.json", "status.json"), ("mirrors.json", "mirrors.json"),
            ("events.atom", "Atom"), ("metrics.prom", "Prometheus"),
        ].map { "<a href=\"\(root)\($0.0)\">\($0.1)</a>" }.joined(separator: " ")
        guard !settings.contact.isEmpty else { return files }
        let contact =
            settings.contact.contains("@") && !settings.contact.contains("/")
            ? HTML.escaped(settings.contact) : HTML.link(settings.contact)
        return "\(files) <span>Contact: \(contact)</span>"
    }

    /// The strips on the index, which have fixed sizes in the style sheet: days, and pixels.
    static let stripDays = 30
    static let stripDayWidth = 3
    static let stripHeight = 14

    private static let sheet = """
        :root{color-scheme:light dark;--line:#d7dbe0;--soft:#55606b;--paper:#fff;--ink:#16202a;\
        --accent:#0b5cad;--wash:#f4f6f8;--ok:#1a7f4b;--warn:#8a5700;--bad:#b3261e;--none:#5f6b77}
        @media(prefers-color-scheme:dark){:root{--line:#34404c;--soft:#9aa7b4;--paper:#12181e;\
        --ink:#e6ebf0;--accent:#78b7f5;--wash:#1a222a;--ok:#5cc98d;--warn:#e0b04a;--bad:#ff8a80;\
        --none:#9aa7b4}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        header,main,footer{max-width:76rem;margin:0 auto;padding:.75rem 1rem}
        nav a,footer a{display:inline-block;padding:.25rem 0;margin-right:1rem}
        footer{border-top:1px solid var(--line);margin-top:2rem;font-size:.9rem}
        h1{font-size:1.5rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
        h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}
        p{margin:.5rem 0;max-width:48rem}a{color:var(--accent)}
        a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid \
        var(--accent);outline-offset:2px}
        .skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:.5rem;\
        background:var(--paper);padding:.5rem}
        .soft,small{color:var(--soft)}small{display:block;font-size:.8rem;font-weight:400;\
        overflow-wrap:anywhere}
        .verdict{border-left:.4rem solid var(--none);background:var(--wash);padding:.6rem 1rem;\
        margin:1rem 0}
        .verdict.ok{border-color:var(--ok)}.verdict.warn{border-color:var(--warn)}\
        .verdict.bad{border-color:var(--bad)}
        .verdict p{margin:0}
        ul.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.6rem;\
        list-style:none;padding:0;margin:1rem 0}
        ul.tiles li{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .75rem}
        ul.tiles b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
        th,td{padding:.4rem 1rem .4rem 0;border-bottom:1px solid var(--line);text-align:left;\
        vertical-align:top}
        thead th{color:var(--soft);font-size:.85rem;font-weight:500;white-space:nowrap}\
        tbody th{font-weight:500}
        .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .state{font-weight:600}th .state{display:block}.mirror{display:grid;gap:0 1rem;\
        grid-template-columns:minmax(9rem,14rem) minmax(12rem,1fr)}
        .ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}.none{color:var(--none)}
        .verdict.ok,.verdict.warn,.verdict.bad,.verdict.none{color:var(--ink)}
        summary{cursor:pointer;padding:.5rem 0}\
        summary h2,summary h3{display:inline}
        svg{display:block;max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;\
        fill:var(--soft)}
        .grid{stroke:var(--line);stroke-width:1}.line{fill:none;stroke:var(--accent);stroke-width:2}
        .band{fill:var(--accent);opacity:.18}.fill-ok{fill:var(--ok)}\
        .fill-warn{fill:var(--warn)}.fill-bad{fill:var(--bad)}
        .fill-none{fill:var(--none);opacity:.5}.sea{fill:var(--wash)}\
        .strip{margin-top:.2rem;width:\(stripDays * stripDayWidth)px;height:\(stripHeight)px}
        code,pre{font:.85em ui-monospace,monospace}code{overflow-wrap:anywhere}\
        time{white-space:nowrap}td code{display:inline-block;min-width:14rem}
        pre{background:var(--wash);padding:.75rem;overflow-x:auto}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.75rem 0}
        dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
        h3{overflow-wrap:anywhere}dl.facts{grid-template-columns:\
        repeat(auto-fill,minmax(8rem,1fr));border-bottom:1px solid var(--line);\
        padding-bottom:.5rem}dl.facts dt{font-size:.85rem}
        @media(max-width:40rem){.wide{display:none}.mirror{display:block}\
        time,thead th,thead .number{white-space:normal}th,td{padding-right:.6rem}\
        time span,td .state{white-space:nowrap}\
        tbody th{min-width:7rem}th a+small{min-width:10rem}th code{display:inline-block;\
        min-width:9rem}dd{margin-bottom:.4rem}}
        @media print{header,footer,.skip{display:none}.scroll{overflow:visible}}

        """
}
