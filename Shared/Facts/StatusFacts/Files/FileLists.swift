import Catalogs
import Time

/// The lists of a mirror's missing and wrong files, as text.
package enum FileLists {
    /// The causes, as comment lines before the paths.
    package static func heading(of mirror: MirrorFacts, in tree: TreeFacts) -> [String] {
        mirror.causes.map { cause in
            let since = cause.since.map { ", since \($0.dateText)" } ?? ""
            return "# \(cause.count) absent: \(cause.sentence)\(since)"
        }
    }

    /// `missing.txt`: the causes, then one path a line, at most `limit`.
    package static func missing(
        of mirror: MirrorFacts,
        _ files: MirrorFiles,
        in tree: TreeFacts,
        limit: Int
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in heading(of: mirror, in: tree) {
            bytes += line.utf8
            bytes.append(0x0A)
        }
        var count = 0
        files.absent.forEach { number in
            count += 1
            guard count <= limit else { return }
            append(path: tree.catalog.pathBytes(of: FileID(UInt32(number))), to: &bytes)
            bytes.append(0x0A)
        }
        if count > limit { bytes += "# and \(count - limit) more\n".utf8 }
        return bytes
    }

    /// `wrong.tsv`: path, length there, length in the tree, since when, and the kind: `wrong` for
    /// another length, or `stale`.
    package static func wrong(
        _ files: MirrorFiles,
        in tree: TreeFacts,
        limit: Int
    ) -> [UInt8] {
        var bytes = Array("path\tbytes\texpected\tsince\tkind\n".utf8)
        var count = 0
        files.wrong.forEach { number in
            count += 1
            guard count <= limit else { return }
            bytes += wrongLine(number, files, tree).utf8
            bytes.append(0x0A)
        }
        if count > limit { bytes += "# and \(count - limit) more\n".utf8 }
        return bytes
    }

    /// A line of `wrong.tsv`; the length of a stale file is unknown.
    package static func wrongLine(_ number: Int, _ files: MirrorFiles, _ tree: TreeFacts) -> String
    {
        var path: [UInt8] = []
        let id = FileID(UInt32(number))
        append(path: tree.catalog.pathBytes(of: id), to: &path)
        return [
            String(decoding: path, as: UTF8.self),
            files.wrongByteCounts[number].map { "\($0)" } ?? "",
            tree.catalog.byteCount(of: id).map { "\($0)" } ?? "",
            files.since[number].map { "\($0)" } ?? "",
            files.stale.contains(number) ? "stale" : "wrong",
        ].joined(separator: "\t")
    }

    /// Appends a path; each control character becomes `?`, so that a line is one path.
    private static func append(path: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        guard path.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            bytes += path
            return
        }
        bytes += path.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }
    }
}
