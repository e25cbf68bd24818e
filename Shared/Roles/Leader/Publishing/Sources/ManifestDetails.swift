import Catalogs
import Glibc
import Linux
import Mirrors

/// The Manifests' details of single files, for publications of a few paths: a new file is published
/// together with its digests.
///
/// The Manifests are read when first needed, and again when the time or length of one of them has
/// changed.
package final class ManifestDetails {
    private let tree: ManifestTree
    private var known: (stamp: Int, listing: TreeListing)?

    package init(_ tree: ManifestTree) {
        self.tree = tree
    }

    /// Adds the digests to the files of `listing` that lack them.
    ///
    /// An unreadable Manifest contributes nothing; the next walk reports it. Throws if a whole
    /// repository is unreadable.
    func complete(_ listing: inout TreeListing) throws(PublishingError) {
        let entries = listing.entries
        let folder: Set = [tree.folder.bytes[...]]
        let isLacking = (0..<entries.count).contains { entry in
            entries.kind(at: entry) == .file && entries.digests(at: entry).isEmpty
                && entries.paths[entry].isSameOrBelow(anyOf: folder)
        }
        guard isLacking else { return }
        let stamp = try tree.stamp()
        if known?.stamp != stamp {
            known = nil
            known = (stamp, try tree.listing())
        }
        if let known { listing.takeDetails(of: known.listing, named: tree.name) }
    }
}

extension ManifestTree {
    /// A number that changes whenever a Manifest or the layout does.
    fileprivate func stamp() throws(PublishingError) -> Int {
        var hasher = Hasher()
        for structure in try layout().structures { hasher.combine("\(structure)") }
        for repository in repositories {
            let categories = try EntryNames(ofFolder: repository).texts
            for category in categories where !category.hasPrefix(".") {
                let path = "\(repository)/\(category)"
                guard let packages = try? EntryNames(ofFolder: path) else { continue }
                for package in packages.texts {
                    var status = stat()
                    let manifest = "\(path)/\(package)/Manifest"
                    guard unsafe stat(manifest, &status) == 0 else { continue }
                    hasher.combine(status.st_ino)
                    hasher.combine(status.st_size)
                    hasher.combine(status.st_mtim.tv_sec)
                    hasher.combine(status.st_mtim.tv_nsec)
                }
            }
        }
        return hasher.finalize()
    }
}
