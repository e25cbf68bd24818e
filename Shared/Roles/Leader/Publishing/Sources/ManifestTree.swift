import Catalogs
import Glibc
import Linux
package import Mirrors
import Time

/// The distfiles that the Manifests of ebuild repositories name: what should be on a mirror, with lengths
/// and digests, before any file was touched.
///
/// It reads `<repository>/<category>/<package>/Manifest`. A file that several packages name is taken once;
/// where they say different things of it, the first counts, in the order of the repositories and of the
/// paths, and the other is reported. A Manifest that cannot be read, or not to its end, is reported, and then
/// no distfile is removed in this run: it may be one that this Manifest names.
package struct ManifestTree: TreeSource {
    package let repositories: [String]
    package let layout: DistfilesLayout
    /// The `layout.conf` that is published beside the files, if one was given.
    package let layoutFile: String?
    /// The folder of the tree that the files are in.
    package let folder: TreePath

    /// Throws where the layout file cannot be read or is none.
    package init(
        repositories: [String],
        layoutFile: String? = nil,
        folder: TreePath = TreePath("distfiles")
    ) throws(PublishingError) {
        self.repositories = repositories
        self.layoutFile = layoutFile
        self.folder = folder
        guard let layoutFile else {
            layout = .hashed
            return
        }
        var text = ""
        var input = try ByteInput(path: layoutFile)
        while let line = try input.nextLine(), text.utf8.count < ByteInput.lineLimit {
            text += String(decoding: line, as: UTF8.self) + "\n"
        }
        do {
            layout = try DistfilesLayout(parsing: text)
        } catch {
            throw .badLayout(path: layoutFile, reason: error.reason)
        }
    }

    package var name: String { "Manifests of \(repositories.joined(separator: ", "))" }

    package func listing() throws(PublishingError) -> TreeListing {
        var listing = TreeListing()
        try appendLayoutFile(to: &listing)
        for repository in repositories { try read(repository, into: &listing) }
        return listing.ordered()
    }

    private func read(
        _ repository: String,
        into listing: inout TreeListing
    ) throws(PublishingError) {
        let categories = try FolderNames(ofFolder: repository)
        for category in categories.texts where !category.hasPrefix(".") {
            let categoryPath = "\(repository)/\(category)"
            guard isFolder(categoryPath) else { continue }
            let packages: FolderNames
            do {
                packages = try FolderNames(ofFolder: categoryPath)
            } catch {
                giveUp(on: "\(categoryPath)", "\(error)", in: &listing)
                continue
            }
            for package in packages.texts {
                read(manifest: "\(categoryPath)/\(package)/Manifest", into: &listing)
            }
        }
    }

    private func read(manifest path: String, into listing: inout TreeListing) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            // A package may do without a Manifest, and most folders are no packages.
            if errno != ENOENT, errno != ENOTDIR {
                giveUp(on: path, systemText(), in: &listing)
            }
            return
        }
        do {
            let manifest = try Manifest(reading: ByteInput(path: path))
            for entry in manifest.entries { append(entry, to: &listing) }
            if let problem = manifest.problem { giveUp(on: path, problem, in: &listing) }
        } catch {
            giveUp(on: path, "\(error)", in: &listing)
        }
    }

    private func append(_ entry: Manifest.Entry, to listing: inout TreeListing) {
        let places = layout.places(of: entry.name)
        listing.appendFile(
            folder.appending(places.file).bytes,
            byteCount: entry.byteCount,
            modified: EntryColumns.unknownTime,
            digests: entry.digests
        )
        for link in places.links {
            listing.appendLink(folder.appending(link.path).bytes, target: link.target[...])
        }
    }

    private func appendLayoutFile(to listing: inout TreeListing) throws(PublishingError) {
        guard let layoutFile else { return }
        var status = stat()
        guard unsafe stat(layoutFile, &status) == 0 else {
            throw .unreadableSource(name: layoutFile, reason: systemText())
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
