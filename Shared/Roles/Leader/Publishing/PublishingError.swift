package import Catalogs
package import JSON
package import MirrorStorage
package import Mirrors
package import ObjectStorage

/// Why a publication did not happen.
///
/// Storage is unchanged.
package enum PublishingError: Error, Equatable, CustomStringConvertible {
    /// The root of the tree cannot be listed.
    case unreadableTree(path: String, reason: String)
    /// A source other than a tree cannot be read.
    case unreadableSource(name: String, reason: String)
    /// A line of a listing is malformed.
    case badListing(name: String, line: Int, reason: String)
    /// A `layout.conf` is malformed.
    case badLayout(path: String, reason: String)
    /// The file with the mirror list cannot be read.
    case unreadableMirrorList(path: String, reason: String)
    /// More files vanished at once than a run may remove on its own.
    case shrunk(vanishedCount: Int, liveCount: Int, allowedCount: Int, example: String)
    /// More than half of one folder vanished at once.
    case folderShrunk(folder: String, vanishedCount: Int, liveCount: Int)
    case catalog(CatalogError)
    case storage(StorageError)
    /// A blob written by an operator or an earlier run cannot be read.
    case state(MirrorStorageError)
    /// An operator's settings of a mirror are wrong.
    case badOverride(key: String, line: Int?, JSONError)
    /// More mirrors vanished from the list at once than an import may remove on its own.
    case mirrorsShrunk(goneCount: Int, listedCount: Int, examples: [String])
    /// The mirror list has no mirror with a usable URL, so publishing it would remove all mirrors.
    case noMirrors(leftOutCount: Int, reasons: [String])
    /// The list of operators' own mirrors is unusable.
    case badOwnMirrors(String)
    /// A mirror is not among the operators' own.
    case notOwn(Mirror.ID)
    /// There is no blob with this key to read a mirror list from.
    case noList(key: String)

    /// Whether a guard rail refused a suspected accident.
    package var isRefusal: Bool {
        switch self {
        case .shrunk, .folderShrunk, .mirrorsShrunk: true
        default: false
        }
    }

    package var description: String {
        switch self {
        case .unreadableTree(let path, let reason):
            "the tree \(path) cannot be read: \(reason)"
        case .unreadableSource(let name, let reason):
            "\(name) cannot be read: \(reason)"
        case .badListing(let name, let line, let reason):
            "\(name), line \(line): \(reason); an incomplete listing is not published"
        case .badLayout(let path, let reason):
            "the layout \(path) cannot be used: \(reason)"
        case .unreadableMirrorList(let path, let reason):
            "the mirror list \(path) cannot be read: \(reason)"
        case .shrunk(let vanished, let live, let allowed, let example):
            "\(vanished) of \(live) live files vanished, such as \(example); at most \(allowed) "
                + "may at once; if this is intended, run again with \"allowShrink\": true"
        case .folderShrunk(let folder, let vanished, let live):
            "\(vanished) of \(live) live files of \(folder)/ vanished, more than half of the "
                + "folder; if this is intended, run again with \"allowShrink\": true"
        case .catalog(let error): error.description
        case .storage(let error): error.description
        case .state(let error): error.description
        case .badOverride(let key, let line, let error):
            "\(key)\(line.map { ", line \($0)" } ?? ""): \(error)"
        case .mirrorsShrunk(let gone, let listed, let examples):
            "\(gone) of \(listed) mirrors are not in the list any more, such as "
                + "\(examples.joined(separator: ", ")); at most a third may go at once; if "
                + "this is intended, run again with \"allowShrink\": true"
        case .noMirrors(let count, let reasons):
            "the mirror list has no usable mirror (\(count) left out"
                + (reasons.isEmpty ? "" : ": \(reasons.joined(separator: "; "))")
                + "); the mirrors are unchanged"
        case .badOwnMirrors(let reason): "own-mirrors.json cannot be used: \(reason)"
        case .notOwn(let id):
            "\(id) is not in own-mirrors.json, but in the list that MIRRORS names: take it out "
                + "there; \"mirrors disable \(id)\" keeps it out of use"
        case .noList(let key): "MIRRORS: there is no blob \(key) in storage"
        }
    }
}
