/// Line-based mirror lists of other programs: mirmon's, and the table that `mirrorbits list`
/// prints.
///
/// Both are read the same way: a line is split into words, and the form of a word, not its column,
/// tells what it is. Empty cells, and tabs that were converted to spaces, do no harm.
enum PlainMirrorList {
    private struct Line {
        let number: Int
        let words: [Substring]
    }

    /// The mirrors of a list in one of these forms; nil for other bytes.
    static func mirrors(
        in bytes: ArraySlice<UInt8>
    ) throws(MirrorListImportError) -> [ListedMirror]? {
        let text = String(decoding: bytes, as: UTF8.self)
        var lines: [Line] = []
        for (index, line) in text.split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        ).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, first.first != "#" else { continue }
            lines.append(Line(number: index + 1, words: words))
        }
        guard let first = lines.first else { return nil }
        let mirrors: [ListedMirror]
        if first.words[0] == "Identifier" {
            mirrors = try table(head: first, lines.dropFirst())
        } else if entry(first.words) != nil {
            mirrors = try plain(lines)
        } else {
            return nil
        }
        guard mirrors.count <= ListedMirror.mirrorLimit else {
            throw .tooMany(
                "mirrors",
                limit: ListedMirror.mirrorLimit,
                position: "there are \(mirrors.count)"
            )
        }
        return mirrors
    }

    // MARK: mirmon

    /// The country and the URL of a line in mirmon's `list_style plain` (`us http://… mail`) or
    /// `apache` (`http us http://… mail`); nil for any other line.
    private static func entry(_ words: [Substring]) -> (country: Substring, url: Substring)? {
        for start in 0...1 where words.count > start + 1 {
            let (country, url) = (words[start], words[start + 1])
            if country.utf8.count == 2, url.contains("://") { return (country, url) }
        }
        return nil
    }

    /// Makes one mirror from all lines with the same host and country, in the order of their first
    /// lines.
    private static func plain(_ lines: [Line]) throws(MirrorListImportError) -> [ListedMirror] {
        var mirrors: [ListedMirror] = []
        var indexes: [String: Int] = [:]
        for line in lines {
            guard let (country, url) = entry(line.words) else {
                throw .badList(
                    format: "mirmon's",
                    reason: "line \(line.number): expected a country and a URL, such as "
                        + "\"de https://mirror.example.org/\""
                )
            }
            let host = host(of: url)
            let key = "\(country.lowercased()) \(host)"
            if let index = indexes[key] {
                guard mirrors[index].locations.count < ListedMirror.locationLimit else {
                    throw .tooMany(
                        "URLs of one mirror",
                        limit: ListedMirror.locationLimit,
                        position: "line \(line.number)"
                    )
                }
                mirrors[index].locations.append(.init(url: String(url)))
            } else {
                indexes[key] = mirrors.count
                mirrors.append(
                    ListedMirror(
                        name: host,
                        country: country.uppercased(),
                        region: "",
                        locations: [.init(url: String(url))]
                    )
                )
            }
        }
        return mirrors
    }

    private static func host(of url: Substring) -> String {
        let rest = url.drop { $0 != ":" }.drop { $0 == ":" || $0 == "/" }
        let authority = rest.prefix { $0 != "/" }
        // An IPv6 address contains colons.
        let end = authority.first == "[" ? authority.lastIndex(of: "]") : nil
        if let end { return authority[...end].lowercased() }
        return authority.prefix { $0 != ":" }.lowercased()
    }

    // MARK: mirrorbits

    /// The rows of `mirrorbits list -http -rsync -ftp -location`, without disabled mirrors.
    private static func table(
        head: Line,
        _ rows: ArraySlice<Line>
    ) throws(MirrorListImportError) -> [ListedMirror] {
        guard head.words.contains("HTTP"), head.words.contains("LOCATION") else {
            throw .badList(
                format: "mirrorbits'",
                reason: "line \(head.number): expected the columns HTTP and LOCATION, which "
                    + "\"mirrorbits list -http -rsync -ftp -location\" prints"
            )
        }
        var mirrors: [ListedMirror] = []
        for row in rows where !row.words.dropFirst().contains("disabled") {
            let urls = row.words.dropFirst().filter { $0.contains("://") }
            guard urls.count <= ListedMirror.locationLimit else {
                throw .tooMany(
                    "URLs of one mirror",
                    limit: ListedMirror.locationLimit,
                    position: "line \(row.number)"
                )
            }
            mirrors.append(
                ListedMirror(
                    name: String(row.words[0]),
                    country: country(of: row.words),
                    region: "",
                    locations: urls.map { .init(url: String($0)) }
                )
            )
        }
        return mirrors
    }

    /// The country in `DE (EU)`.
    ///
    /// The continent must follow, because two letters may occur elsewhere.
    private static func country(of words: [Substring]) -> String {
        for (word, next) in zip(words.dropFirst(), words.dropFirst(2))
        where word.utf8.count == 2 && next.utf8.count == 4 && next.first == "(" && next.last == ")"
        {
            return String(word)
        }
        return ""
    }
}
