import Catalogs
import Glibc
import Linux
package import Mirrors
import Time

/// The distfiles named by the Manifests of ebuild repositories: what mirrors should have, with
/// lengths and digests, before any file was touched.
///
/// It reads `<repository>/<category>/<package>/Manifest`. A file that several packages name is
/// listed once; if they disagree, the first one counts, by the order of repositories and then of
/// paths, and the other is reported. A Manifest that cannot be read completely is reported, and no
/// distfile is removed in this run: the Manifest may name it.
package struct ManifestTree: TreeSource {
    package let repositories: [String]
    /// The folder of the tree that contains the files.
    package let folder: TreePath
    private let layoutSource: LayoutSource

    /// What defines where in the folder the files are.
    package enum LayoutSource: Sendable {
        /// An operator's own `layout.conf`, published beside the files.
        case file(String)
        /// That of the local tree with this root; if the folder has none, Gentoo's.
        case tree(String)
        /// ``DistfilesLayout/hashed``.
        case standard
    }

    /// Throws if a layout file is unreadable or malformed.
    package init(
        repositories: [String],
        layout: LayoutSource = .standard,
        folder: TreePath = TreePath("distfiles")
    ) throws(PublishingError) {
        self.repositories = repositories
        self.folder = folder
        layoutSource = layout
        _ = try self.layout()
    }

    package var name: String { "Manifests of \(repositories.joined(separator: ", "))" }

    package func listing(by filter: TreeFilter) throws(PublishingError) -> TreeListing {
        var reading = Reading(layout: try layout(), filter: filter)
        if case .file(let path) = layoutSource {
            try appendLayoutFile(path, to: &reading.listing)
        }
        for repository in repositories { try read(repository, into: &reading) }
        return reading.listing.ordered()
    }

    /// A listing in progress.
    private struct Reading {
        let layout: DistfilesLayout
        let filter: TreeFilter
        var listing = TreeListing()
    }

    /// The current layout: a tree's own changes with the tree.
    package func layout() throws(PublishingError) -> DistfilesLayout {
        let path: String
        switch layoutSource {
        case .standard: return .hashed
        case .file(let file): path = file
        case .tree(let root):
            path = "\(root)/\(folder)/layout.conf"
            var status = stat()
            if unsafe stat(path, &status) != 0, errno == ENOENT || errno == ENOTDIR {
                return .hashed
            }
        }
        var text = ""
        var input = try ByteInput(path: path)
        while let line = try input.nextLine(), text.utf8.count < ByteInput.lineLimit {
            text += String(decoding: line, as: UTF8.self) + "\n"
        }
        do {
            return try DistfilesLayout(parsing: text)
        } catch {
            throw .badLayout(path: path, reason: error.reason)
        }
    }

    private func read(
        _ repository: String,
        into reading: inout Reading
    ) throws(PublishingError) {
        let categories = try EntryNames(ofFolder: repository)
        for category in categories.texts where !category.hasPrefix(".") {
            let categoryPath = "\(repository)/\(category)"
            guard isFolder(categoryPath) else { continue }
            let packages: EntryNames
            do {
                packages = try EntryNames(ofFolder: categoryPath)
            } catch {
                giveUp(on: "\(categoryPath)", "\(error)", in: &reading.listing)
                continue
            }
            for package in packages.texts {
                read(manifest: "\(categoryPath)/\(package)/Manifest", into: &reading)
            }
        }
    }

    private func read(manifest path: String, into reading: inout Reading) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            // A package may lack a Manifest, and most folders are not packages.
            if errno != ENOENT, errno != ENOTDIR {
                giveUp(on: path, systemText(), in: &reading.listing)
            }
            return
        }
        do {
            let manifest = try Manifest(reading: ByteInput(path: path))
            for entry in manifest.entries { append(entry, to: &reading) }
            if let problem = manifest.problem { giveUp(on: path, problem, in: &reading.listing) }
        } catch {
            giveUp(on: path, "\(error)", in: &reading.listing)
        }
    }

    private func append(_ entry: Manifest.Entry, to reading: inout Reading) {
        let places = reading.layout.places(of: entry.name)
        let path = folder.appending(places.file)
        if let reason = reading.filter.reasonToLeaveOut(path.bytes[...]) {
            return reading.listing.leaveOut(path, reason)
        }
        reading.listing.appendFile(
            path.bytes,
            byteCount: entry.byteCount,
            modified: EntryColumns.unknownTime,
            digests: entry.digests
        )
        for link in places.links {
            reading.listing.appendLink(folder.appending(link.path).bytes, target: link.target[...])
        }
    }

    private func appendLayoutFile(
        _ path: String,
        to listing: inout TreeListing
    ) throws(PublishingError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw .unreadableSource(name: path, reason: systemText())
        }
        listing.appendFile(
            folder.appending("layout.conf".utf8).bytes,
            byteCount: UInt64(max(status.st_size, 0)),
            modified: Timestamp(secondsSinceEpoch: Int64(status.st_mtim.tv_sec))
        )
    }

    private func giveUp(on path: String, _ reason: String, in listing: inout TreeListing) {
        listing.leaveOut(folder, .unreadable("\(path): \(reason)"))
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
