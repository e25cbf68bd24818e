import Mirrors
import Time

extension Catalog {
    /// The prefix of a forgotten file's path: no path of a tree has a component `.`.
    private static var forgottenFolder: [UInt8] { Array("./".utf8) }

    /// Whether the path of the file was forgotten on purpose; only its number is kept, and never
    /// reused.
    package func isForgotten(_ id: FileID) -> Bool {
        pathBytes(of: id).starts(with: Self.forgottenFolder)
    }

    /// This catalog without the paths of `ids` and everything known about them.
    ///
    /// Each is replaced by a removed file `./NUMBER`, which 0.1.0 can also read. A path that
    /// returns later is new and gets another number. Copies the catalog.
    package func forgetting(_ ids: Set<FileID>) -> Catalog {
        var result = Catalog(generation: generation, publishedAt: publishedAt)
        for id in self.ids {
            result.append(ids.contains(id) ? forgotten(id) : self[id])
        }
        return result
    }

    private func forgotten(_ id: FileID) -> ExpectedFile {
        ExpectedFile(
            path: TreePath(bytes: Self.forgottenFolder + Array("\(id.rawValue)".utf8)),
            kind: .file,
            byteCount: 0,
            modified: EntryColumns.unknownTime,
            firstSeen: EntryColumns.unknownTime,
            removed: EntryColumns.unknownTime,
            changedIn: changedIn(id)
        )
    }
}
