import Glibc

/// A file of `Tests/Fixtures`.
package enum Fixture {
    /// Gentoo's real mirror list: `files/mirrors/distfiles.xml` of gentoo/api-gentoo-org at commit
    /// c722f102dd63 (2026-08-20).
    package static func gentooMirrorList() throws(ReadFailed) -> [UInt8] {
        try bytes("gentoo-distfiles.xml")
    }

    /// The faults of mirrors within 30 days, for the simulation of checking.
    package static func faultMix() throws(ReadFailed) -> [UInt8] {
        try bytes("fault-mix.json")
    }

    package struct ReadFailed: Error {
        package let path: String
    }

    /// The bytes of the fixture with this name below the folder.
    package static func bytes(_ name: String) throws(ReadFailed) -> [UInt8] {
        let path = "\(Repository.root)/Tests/Fixtures/\(name)"
        guard let file = unsafe fopen(path, "r") else { throw ReadFailed(path: path) }
        defer { unsafe _ = fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
        }
    }
}
