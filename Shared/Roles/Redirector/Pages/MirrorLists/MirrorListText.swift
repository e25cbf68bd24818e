import Bytes
import Redirection
import RegionMapFormat
import URLs

/// The list of mirrors for package managers: one URL a line, best first, the fallback host last.
///
/// All listed mirrors hold the file or folder. For a path that the map does not know, only the
/// fallback host is listed, as in its redirect.
struct MirrorListText {
    let form: ListForm
    private let candidates: CandidateList?
    private let path: [UInt8]
    /// The text after each URL: pacman's variables, which pacman itself fills in.
    private let suffix: [UInt8]
    private let fallbackURL: [UInt8]

    /// The list for `request`; `map` is the snapshot's.
    init(
        _ request: PageRequest,
        in snapshot: Snapshot,
        _ map: borrowing RegionMap,
        holders: Holders?,
        fallbackURL: [UInt8]
    ) {
        self.init(request, fallbackURL: fallbackURL) { path in
            CandidateList(request.about(path), in: snapshot, map, holders: holders)
        }
    }

    /// The list without a map: only the fallback host.
    init(_ request: PageRequest, fallbackURL: [UInt8]) {
        self.init(request, fallbackURL: fallbackURL) { _ in nil }
    }

    private init(
        _ request: PageRequest,
        fallbackURL: [UInt8],
        candidates: ([UInt8]) -> CandidateList?
    ) {
        form = request.form
        self.fallbackURL = fallbackURL
        guard form == .pacman else {
            path = PercentEncoding.encodedBytes(path: request.path)
            suffix = []
            self.candidates = candidates(request.path)
            return
        }
        let template = PacmanTemplate(request.path)
        path = PercentEncoding.encodedBytes(path: template.folder)
        suffix = template.variables
        self.candidates = candidates(template.folder)
    }

    /// The lines; `map` is the snapshot's, nil without one.
    func bytes(_ map: borrowing RegionMap) -> [UInt8] {
        var text: [UInt8] = []
        var priority = 0
        text.reserveCapacity(128 * min((candidates?.chosen.count ?? 0) + 1, 1024))
        for index in candidates?.chosen ?? [] {
            guard let point = map.accessPoint(at: index) else { continue }
            priority += 1
            append(map.text(point.baseURL), priority: priority, to: &text)
        }
        append(fallbackURL.span, priority: priority + 1, to: &text)
        return text
    }

    /// The line of the fallback host.
    var fallbackBytes: [UInt8] {
        var text: [UInt8] = []
        append(fallbackURL.span, priority: 1, to: &text)
        return text
    }

    private func append(_ baseURL: Span<UInt8>, priority: Int, to text: inout [UInt8]) {
        if form == .pacman { text.append("Server = ") }
        text.append(copying: baseURL)
        text += path
        text += suffix
        if form == .apt {
            text.append("\tpriority:")
            text.append(decimal: UInt64(priority))
        }
        text.append("\n")
    }
}

/// The path of pacman's `Server`, split at its first variable.
private struct PacmanTemplate {
    /// The key of the folder before the variables.
    private(set) var folder: [UInt8] = []
    /// The variables and what follows, encoded except for the dollar signs.
    private(set) var variables: [UInt8] = []

    /// `arch/$repo/os/$arch` becomes the folder `arch/` and the rest; without variables, those of
    /// Arch's own tree are added.
    init(_ path: [UInt8]) {
        for component in path.split(separator: UInt8(ascii: "/")) {
            let isVariable = component.span.equals("$repo") || component.span.equals("$arch")
            if variables.isEmpty, !isVariable {
                folder += component
                folder.append("/")
                continue
            }
            if !variables.isEmpty { variables.append("/") }
            if isVariable {
                variables += component
            } else {
                PercentEncoding.append(path: Array(component), to: &variables)
            }
        }
        if variables.isEmpty { variables.append("$repo/os/$arch") }
    }
}
