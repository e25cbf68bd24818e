import Foundation

/// A small master tree in the layout of a Gentoo mirror, always the same: distfiles in folders by
/// hash with a symlink from the flat path, and releases behind symlinks to directories.
///
/// It is a value: a faulty mirror of it is another value, and either can be written to disk.
package struct SampleTree: Sendable {
    /// What a path leads to.
    package enum Entry: Hashable, Sendable {
        case directory
        case file(byteCount: Int, modified: Int, mode: Int)
        case symlink(target: String)

        static func file(byteCount: Int, modified: Int) -> Entry {
            .file(byteCount: byteCount, modified: modified, mode: 0o644)
        }
    }

    package var entries: [String: Entry] = [:]

    /// The newest modification time of the tree, 2026-08-22T00:45:01Z.
    package static let newest = 1_787_359_501
    private static let day = 86_400

    /// Names that software often handles wrongly: a literal `%2F`, `+`, and other characters of
    /// real distfiles.
    package static let oddNames = [
        "github.com%2F!rhymen%2Fgo-whatsapp%2F@v%2Fv0.0.0-20190325.mod",
        "Modrinth%20App_0.12.5_amd64.deb",
        "CMSV7_LINUX(AMD64)_7.36.0.1.rpm",
        "backports-3.18.2{P}.tar.gz",
        "GoogleSans-Italic-VariableFont_GRAD,opsz,wght-999786498.ttf",
        "cuyo-2.~-1.1.tar.gz",
        "Herwig++-2.7.1.tar.bz2",
        "torvalds@kernel.org.key",
        "naïve-bayes-1.0.tar.gz",
    ]

    /// Creates a tree with `count` distfiles besides the odd names.
    package init(distfiles count: Int) {
        var random = SampleRandom(seed: 20_260_822)
        entries["distfiles"] = .directory
        let names = Self.oddNames + (0..<count).map { Self.name($0, &random) }
        for (index, name) in names.enumerated() {
            let folder = Self.folder(of: name)
            let modified = Self.newest - 3_600 - index % 400 * Self.day
            entries["distfiles/\(folder)"] = .directory
            entries["distfiles/\(folder)/\(name)"] = .file(
                byteCount: 200 + random.below(40_000),
                modified: modified
            )
            entries["distfiles/\(name)"] = .symlink(target: "\(folder)/\(name)")
        }
        entries["distfiles/layout.conf"] = .file(byteCount: 40, modified: Self.newest - 900)
        for architecture in ["amd64", "arm64"] { addReleases(architecture, &random) }
    }

    /// Adds three builds of a stage; `current-stage3` leads to the newest.
    private mutating func addReleases(_ architecture: String, _ random: inout SampleRandom) {
        let builds = "releases/\(architecture)/autobuilds"
        for folder in ["releases", "releases/\(architecture)", builds] {
            entries[folder] = .directory
        }
        for (age, date) in ["20260821T170000Z", "20260814T170000Z", "20260807T170000Z"].enumerated()
        {
            entries["\(builds)/\(date)"] = .directory
            for suffix in ["", ".asc", ".CONTENTS.gz", ".sha256"] {
                let name = "stage3-\(architecture)-openrc-\(date).tar.xz\(suffix)"
                entries["\(builds)/\(date)/\(name)"] = .file(
                    byteCount: 500 + random.below(30_000),
                    modified: Self.newest - (7 * age + 1) * Self.day
                )
            }
        }
        entries["\(builds)/current-stage3"] = .symlink(target: "20260821T170000Z")
        entries["\(builds)/latest-stage3.txt"] = .file(byteCount: 90, modified: Self.newest - 60)
    }

    private static func name(_ index: Int, _ random: inout SampleRandom) -> String {
        let words = [
            "glib", "lib", "tex", "py", "core", "net", "font", "haskell-", "perl-", "game", "dev",
            "x",
        ]
        let stem = words[random.below(words.count)] + words[random.below(words.count)] + "\(index)"
        let endings = ["tar.gz", "tar.xz", "tar.bz2", "zip", "crate", "gem"]
        let version = "\(random.below(10)).\(random.below(30))"
        return "\(stem)-\(version).\(endings[random.below(endings.count)])"
    }

    /// Two hex digits by the name, as in GLEP 75, but from FNV-1a instead of BLAKE2B.
    private static func folder(of name: String) -> String {
        let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(hash >> 24, radix: 16)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }
}

extension SampleTree {
    /// Writes the tree below `root`, which is created.
    ///
    /// A file repeats its own path as lines, so that downloads can be told apart.
    package func write(to root: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: root, withIntermediateDirectories: true)
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let absolute = "\(root)/\(path)"
            switch entry {
            case .directory:
                try files.createDirectory(atPath: absolute, withIntermediateDirectories: true)
            case .symlink(let target):
                try files.createSymbolicLink(atPath: absolute, withDestinationPath: target)
            case .file(let byteCount, let modified, let mode):
                let line = Data("\(path)\n".utf8)
                var bytes = Data(capacity: byteCount + line.count)
                while bytes.count < byteCount { bytes.append(line) }
                try bytes.prefix(byteCount).write(to: URL(fileURLWithPath: absolute))
                try files.setAttributes(
                    [
                        .modificationDate: Date(timeIntervalSince1970: Double(modified)),
                        .posixPermissions: mode,
                    ],
                    ofItemAtPath: absolute
                )
            }
        }
    }
}

/// Numbers that are the same on every machine.
struct SampleRandom {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// A number from 0 up to but not including `bound`, which must be positive.
    mutating func below(_ bound: Int) -> Int {
        Int(generator.next() % UInt64(bound))
    }
}
