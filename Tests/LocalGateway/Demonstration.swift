import Foundation
import TestSupport

/// A small mirror network on this machine: a master tree, mirrors of it with different faults, and
/// their list.
///
/// It is made anew at each start, so it is always the same.
struct Demonstration {
    /// One mirror of the demonstration.
    struct DemonstrationMirror {
        let name: String
        let country: (region: String, code: String, name: String)
        /// Nil for a mirror that is down.
        let profile: FaultProfile?
        let about: String
        var url = ""
        var faults: [MirrorFault] = []
    }

    /// The values of the stack file's variables for this network.
    let variables: [String: String]
    private var mirrors: [DemonstrationMirror]
    private let servers: [StaticFileServer]
    private let folder: String

    /// A file that the master has just published and that no mirror has yet.
    private static let newPath = "distfiles/just-published-1.0.tar.gz"
    private static let aliasPath =
        "releases/amd64/autobuilds/current-stage3/stage3-amd64-openrc-20260821T170000Z.tar.xz"

    /// Creates the network below `folder`, which is emptied first, and serves it.
    init(folder: String) throws {
        let files = FileManager.default
        if files.fileExists(atPath: folder) { try files.removeItem(atPath: folder) }
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)

        var mirrors = Self.mirrors()
        let server = try StaticFileServer(roots: ["master": "\(folder)/master"])
        var servers = [server]

        var master = SampleTree(distfiles: 250)
        for index in mirrors.indices {
            let name = mirrors[index].name
            // Each is a separate host, which the checker assigns to a run as one.
            let host = "127.0.0.\(index + 2)"
            guard let profile = mirrors[index].profile else {
                mirrors[index].url = "http://\(host):\(try freePort())/\(name)/"
                continue
            }
            let (copy, faults) = master.degraded(by: profile, mirror: name, seed: index)
            try copy.write(to: "\(folder)/mirrors/\(name)")
            mirrors[index].faults = faults.filter(\.withholdsFile)
            let mirror = try StaticFileServer(
                roots: [name: "\(folder)/mirrors/\(name)"],
                host: host
            )
            mirrors[index].url = mirror.url(of: name)
            servers.append(mirror)
        }
        master.entries[Self.newPath] = .file(byteCount: 1_000, modified: 1_787_359_500, mode: 0o644)
        try master.write(to: "\(folder)/master")

        let list = MirrorListDocument(
            entries: mirrors.map { mirror in
                MirrorListDocument.Entry(
                    name: mirror.name,
                    region: mirror.country.region,
                    country: mirror.country.code,
                    countryName: mirror.country.name,
                    url: mirror.url
                )
            }
        )
        try Data(list.xml.utf8).write(to: URL(fileURLWithPath: "\(folder)/distfiles.xml"))
        self.mirrors = mirrors
        self.servers = servers
        self.folder = folder
        variables = [
            "TREE": "\(folder)/master",
            "MIRRORS": "file://\(folder)/distfiles.xml",
            "STORAGE_URL": "file://\(folder)/storage",
            "FALLBACK_URL": server.url(of: "master"),
            "REGION": "europe",
            // The mirrors are on this machine.
            "CHECK_RATE": "0",
            "RECHECK_AFTER_SECONDS": "0",
        ]
    }

    private static func mirrors() -> [DemonstrationMirror] {
        let countries = MirrorListDocument.countries
        return [
            .init(
                name: "near-missing",
                country: countries[0],
                profile: .missing,
                about: "lacks some files"
            ),
            .init(
                name: "near-truncated",
                country: countries[1],
                profile: .truncated,
                about: "has some files with another length"
            ),
            .init(name: "near-down", country: countries[2], profile: nil, about: "does not answer"),
            .init(
                name: "far-partial",
                country: countries[3],
                profile: .partial,
                about: "carries distfiles/ only"
            ),
            .init(
                name: "far-complete",
                country: countries[4],
                profile: .perfect,
                about: "has everything but the newest file"
            ),
        ]
    }
}

extension Demonstration {
    /// A request to try, and its result.
    struct Example {
        let about: String
        let path: String
    }

    /// Requests that show what the redirector does.
    var examples: [Example] {
        let withheld = Set(mirrors[0].faults.map(\.path))
        let others = Set(mirrors[1].faults.map(\.path))
        let lacking = withheld.subtracting(others).map { String(decoding: $0, as: UTF8.self) }
            .filter { $0.hasPrefix("distfiles/") }.min()
        return [
            Example(about: "a file that the nearest mirror has", path: "distfiles/layout.conf"),
            Example(about: "one that it lacks", path: lacking ?? Self.newPath),
            Example(about: "one behind a symlink to a directory", path: Self.aliasPath),
            Example(
                about: "one whose name holds a literal %2F",
                path: "distfiles/\(SampleTree.oddNames[0])"
            ),
            Example(about: "one that no mirror has yet: to the fallback", path: Self.newPath),
        ]
    }

    /// What to try, with `base` as the address of Redirector, and what each mirror lacks.
    func guide(base: String) -> String {
        var lines = ["", "What each mirror lacks (\(folder)/mirrors):", ""]
        lines.append(row("mirror", "country", "lacks", "which is because it", "for instance"))
        for mirror in mirrors {
            let example = mirror.faults.first.map { String(decoding: $0.path, as: UTF8.self) }
            lines.append(
                row(
                    mirror.name,
                    mirror.country.code,
                    mirror.profile == nil ? "all" : "\(mirror.faults.count + 1)",
                    mirror.about,
                    example ?? (mirror.profile == nil ? "" : Self.newPath)
                )
            )
        }
        lines += ["", "Try, in another terminal:", ""]
        for example in examples {
            lines.append("  # \(example.about)")
            lines.append("  curl -I \(base)/\(percentEncoded(example.path.utf8))")
        }
        lines += [
            "", "Change the mirrors or the master in \(folder); the functions notice it on",
            "the schedules of template.yaml. Ctrl-C stops everything.", "",
        ]
        return lines.joined(separator: "\n")
    }

    private func row(_ columns: String...) -> String {
        let widths = [16, 9, 7, 36]
        return "  "
            + columns.enumerated().map { index, text in
                index < widths.count
                    ? text.padding(toLength: widths[index], withPad: " ", startingAt: 0) : text
            }.joined()
    }
}
