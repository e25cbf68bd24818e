import Time

/// What all HTML pages share: one inline style sheet, no external resources, no scripts.
enum PageStyle {
    /// Appends everything up to the content.
    static func open(_ html: inout MarkupText, title: String) {
        html.markup(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>
            """
        )
        html.text(title)
        html.markup("</title>\n<style>\n")
        html.markup(sheet)
        html.markup("</style>\n</head>\n<body>\n<main>\n")
    }

    static func close(_ html: inout MarkupText) {
        html.markup("</main>\n</body>\n</html>\n")
    }

    /// Appends a relative time, with the exact one as its title.
    static func append(_ time: Timestamp, now: Timestamp, to html: inout MarkupText) {
        html.markup("<time datetime=\"")
        html.text(time)
        html.markup("\" title=\"")
        html.text(time)
        html.markup("\">")
        html.text(ageOf: time, at: now)
        html.markup("</time>")
    }

    /// The header lines of a page: it may not load anything, run scripts or be framed.
    static let fields: StaticString = """
        Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\n\
        Referrer-Policy: no-referrer\r\n
        """

    private static let sheet: StaticString = """
        :root { color-scheme: light dark; --line: #d7dbe0; --soft: #5b6570; --paper: #fff;
          --ink: #16202a; --accent: #0b5cad; --wash: #f4f6f8; }
        @media (prefers-color-scheme: dark) { :root { --line: #34404c; --soft: #9aa7b4;
          --paper: #12181e; --ink: #e6ebf0; --accent: #78b7f5; --wash: #1a222a; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem; }
        p { margin: .5rem 0; }
        a { color: var(--accent); }
        .soft, .path, footer { color: var(--soft); }
        .path { overflow-wrap: anywhere; margin: 0 0 1rem; }
        .go { display: inline-block; margin: .75rem 0 .25rem; padding: .55rem 1.1rem;
          border-radius: .4rem; background: var(--accent); color: var(--paper);
          font-weight: 600; text-decoration: none; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem;
          margin: 1rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
        pre { background: var(--wash); padding: .75rem 1rem; border-radius: .4rem;
          overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; }
        th, td { padding: .5rem 1.25rem .5rem 0; border-bottom: 1px solid var(--line);
          text-align: left; vertical-align: top; }
        th { color: var(--soft); font-size: .85rem; font-weight: 500; white-space: nowrap; }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td small { display: block; color: var(--soft); overflow-wrap: anywhere; }
        tbody tr:hover { background: var(--wash); }
        summary { cursor: pointer; color: var(--soft); padding: .5rem 0; }
        footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .75rem;
          font-size: .9rem; }
        footer a { margin-right: 1rem; }
        @media (max-width: 40rem) {
          main { padding: 1.25rem 1rem 2rem; }
          table, tbody, tr, td { display: block; }
          thead { display: none; }
          tr { border-bottom: 1px solid var(--line); padding: .6rem 0; }
          td, td.n { border: 0; padding: 0; text-align: left; white-space: normal; }
          td[data-label]::before { content: attr(data-label) " "; color: var(--soft); }
          td.wide { font-weight: 600; }
          td.wide small { font-weight: 400; }
          td.position { display: none; }
          dl { grid-template-columns: 1fr; gap: 0; }
          dd { margin-bottom: .4rem; }
        }

        """
}
